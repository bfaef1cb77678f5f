"""What a process remembers of conversations: the newest ones, and nothing that it knows is old."""

from dataclasses import replace
from uuid import UUID

import pytest

from libs.clock import SystemClock
from libs.ids import new_id
from message_service.conversations.models import Conversation
from message_service.messages import memory
from message_service.messages.memory import Memory


def conversation(seq: int) -> Conversation:
    """A conversation with so many messages."""
    return Conversation(new_id(), (new_id(), new_id()), seq, UUID(int=1), SystemClock().now())


def test_what_is_taken_is_forgotten() -> None:
    kept, one = Memory(), conversation(3)
    kept.keep([one])
    assert kept.take([one.id, new_id()]) == {one.id: one}
    assert kept.take([one.id]) == {}


def test_news_makes_older_memories_go() -> None:
    kept, one = Memory(), conversation(3)
    kept.keep([one])
    kept.notice(one.id, 3)
    kept.notice(new_id(), 9)
    assert kept.take([one.id]) == {one.id: one}
    kept.keep([one])
    kept.notice(one.id, 4)
    assert kept.take([one.id]) == {}


def test_the_oldest_memories_go_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "MOST", 2)
    kept, some = Memory(), [conversation(n) for n in range(3)]
    kept.keep(some[:2])
    newer = replace(some[0], seq=7)
    kept.keep([newer, some[2]])
    assert kept.take(one.id for one in some) == {newer.id: newer, some[2].id: some[2]}
