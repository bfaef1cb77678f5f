"""A conversation against a model of it: whatever two people do in any order (V-A5, V-A6)."""

import asyncio
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from libs.errors import AppError
from libs.ids import new_id
from message_service.changes import service
from message_service.changes.schemas import MessageEdit
from message_service.conversations import service as conversations
from message_service.messages import history
from message_service.messages.models import Draft
from tests.message_service.world import World
from tests.stack import User

NUMBERS = st.integers(1, 6)
WHO = st.integers(0, 1)
EMOJIS = st.sampled_from(["✅", "😀"])
STEPS = st.one_of(
    st.tuples(st.just("send"), WHO, st.booleans()),
    st.tuples(st.just("edit"), WHO, NUMBERS, st.sampled_from("ab"), st.booleans()),
    st.tuples(st.just("delete"), WHO, NUMBERS),
    st.tuples(st.just("react"), WHO, NUMBERS, EMOJIS, st.booleans()),
    st.tuples(st.just("read"), WHO, NUMBERS),
)


@dataclass
class Said:
    """A message as it should be."""

    sender: int
    body: str
    mentions: bool
    version: int = 0
    deleted: bool = False
    reactions: set[tuple[int, str]] = field(default_factory=set)


@dataclass
class Model:
    """What a conversation should be after the steps so far."""

    said: list[Said] = field(default_factory=list)
    marks: list[int] = field(default_factory=lambda: [0, 0])
    version: int = 0

    def change(self, one: Said) -> None:
        """Counts a change."""
        self.version += 1
        one.version = self.version

    def unread(self, who: int) -> tuple[int, int]:
        """Counted anew, from nothing."""
        later = [
            one for one in self.said[self.marks[who] :] if one.sender != who and not one.deleted
        ]
        return len(later), sum(one.mentions for one in later)

    def take(self, step: tuple[Any, ...]) -> str | None:
        """Does a step; returns the code of its refusal."""
        what, who, *rest = step
        if what == "send":
            self.said.append(Said(who, "x", rest[0]))
            return None
        if what == "read":
            self.marks[who] = max(self.marks[who], min(rest[0], len(self.said)))
            return None
        if rest[0] > len(self.said):
            return "message_not_found"
        one = self.said[rest[0] - 1]
        if what == "react":
            return self._react(who, one, rest[1], on=rest[2])
        if one.sender != who:
            return "not_the_author"
        if what == "edit":
            return self._edit(one, *rest[1:])
        self._delete(one)
        return None

    def _edit(self, one: Said, body: str, mentions: bool) -> str | None:
        if one.deleted:
            return "message_deleted"
        if (one.body, one.mentions) != (body, mentions):
            one.body, one.mentions = body, mentions
            self.change(one)
        return None

    def _delete(self, one: Said) -> None:
        if not one.deleted:
            one.deleted, one.body, one.mentions, one.reactions = True, "", False, set()
            self.change(one)

    def _react(self, who: int, one: Said, emoji: str, *, on: bool) -> str | None:
        if one.deleted:
            return "message_deleted"
        if ((who, emoji) in one.reactions) != on:
            one.reactions ^= {(who, emoji)}
            self.change(one)
        return None


@dataclass
class Real:
    """The same conversation in the service."""

    world: World
    people: tuple[User, User]
    id: UUID

    def named(self, who: int, mentions: bool) -> tuple[UUID, ...]:
        """The other person, if they are mentioned."""
        return (self.people[1 - who].id,) if mentions else ()

    async def take(self, step: tuple[Any, ...]) -> str | None:
        """Does a step; returns the code of its refusal."""
        what, who, *rest = step
        me, parts = self.people[who].id, self.world.parts
        try:
            if what == "send":
                names = self.named(who, rest[0])
                await parts.sender.send(Draft(self.id, me, new_id(), "x", "", None, names))
            elif what == "read":
                await conversations.mark_read(parts.mongo.outside, me, self.id, rest[0])
            elif what == "edit":
                new = MessageEdit(body=rest[1], mentions=self.named(who, rest[2]))
                await parts.changes.edit(me, self.id, rest[0], new)
            elif what == "delete":
                await parts.changes.delete(me, self.id, rest[0])
            else:
                await parts.changes.react(me, self.id, rest[0], rest[1], on=rest[2])
        except AppError as error:
            return error.code
        return None

    async def compare(self, model: Model) -> None:
        """Fails unless the two are the same."""
        session = self.world.parts.mongo.outside
        for who, user in enumerate(self.people):
            shown = await conversations.get(session, user.id, self.id)
            assert (shown.unread, shown.mentions) == model.unread(who)
            assert (shown.last_seq, shown.read_up_to) == (len(model.said), model.marks[who])
            assert shown.version == model.version
            page = await history.list_page(session, user.id, self.id, history.Window())
            assert [one.seq for one in page.items] == list(range(1, len(model.said) + 1))
            for item, one in zip(page.items, model.said, strict=True):
                assert (item.body, item.version) == (one.body, one.version)
                assert item.sender_id == self.people[one.sender].id
                assert bool(item.deleted_at) == one.deleted
                assert bool(item.mentions) == one.mentions
                emojis = [emoji for _, emoji in one.reactions]
                counts = {emoji: emojis.count(emoji) for emoji in emojis}
                assert {r.emoji: r.count for r in item.reactions} == counts
                assert set(item.my_reactions) == {e for w, e in one.reactions if w == who}


async def test_v_a5_v_a6_a_conversation_is_as_its_model(world: World, monkeypatch: Any) -> None:
    monkeypatch.setattr(service, "LIMIT", 1_000_000)
    loop = asyncio.get_running_loop()

    async def play(steps: list[tuple[Any, ...]]) -> None:
        tutor, student, conversation = await world.pair()
        model, real = Model(), Real(world, (tutor, student), conversation)
        for step in steps:
            assert await real.take(step) == model.take(step), step
        await real.compare(model)

    @settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.lists(STEPS, min_size=3, max_size=25))
    def run(steps: list[tuple[Any, ...]]) -> None:
        asyncio.run_coroutine_threadsafe(play(steps), loop).result(60)

    await asyncio.to_thread(run)
