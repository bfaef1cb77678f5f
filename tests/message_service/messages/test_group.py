"""Messages of many conversations share a transaction, and none pays for another's trouble."""

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any
from uuid import UUID

import pytest

from libs.ids import new_id
from libs.mongo import Mongo, MongoSession
from message_service.conversations.errors import ConversationNotFound
from message_service.messages import repository
from message_service.messages.models import Draft, Message
from tests.message_service.world import World, serving
from tests.stack import eventually


@contextmanager
def counted(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[float | None]]:
    """Yields the patience of each transaction that was run."""
    seen: list[float | None] = []
    run = Mongo.run

    async def noted(mongo: Mongo, work: Any, patience: float | None = None) -> Any:
        seen.append(patience)
        return await run(mongo, work, patience)

    with monkeypatch.context() as patch:
        patch.setattr(Mongo, "run", noted)
        yield seen


async def send(world: World, *drafts: Draft) -> list[Any]:
    """Sends drafts at the same time; returns numbers and errors."""
    sends = (world.parts.sender.send(draft) for draft in drafts)
    found = await asyncio.gather(*sends, return_exceptions=True)
    return [one if isinstance(one, BaseException) else one.seq for one in found]


async def test_many_conversations_share_a_transaction(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    pairs = [await world.pair() for _ in range(20)]
    drafts = [Draft(of, who.id, new_id(), "hi", "") for tutor, student, of in pairs
              for who in (tutor, student)]  # fmt: skip
    with counted(monkeypatch) as transactions:
        assert sorted(await send(world, *drafts)) == [1] * 20 + [2] * 20
    assert len(transactions) <= 2
    for _, _, of in pairs:
        assert [message["seq"] for message in await world.stored(of)] == [1, 2]
    assert await world.count("outbox") == 40


async def test_v_a1_a_refusal_in_a_shared_commit_is_one_sender_s_alone(world: World) -> None:
    tutor, _, first = await world.pair()
    other, _, second = await world.pair()
    drafts = [
        Draft(first, tutor.id, new_id(), "mine", ""),
        Draft(second, tutor.id, new_id(), "not mine", ""),
        Draft(new_id(), tutor.id, new_id(), "nobody's", ""),
        Draft(second, other.id, new_id(), "theirs", ""),
    ]
    one, foreign, missing, two = await send(world, *drafts)
    assert (one, two) == (1, 1)
    assert isinstance(foreign, ConversationNotFound)
    assert isinstance(missing, ConversationNotFound)
    assert [message["body"] for message in await world.stored(second)] == ["theirs"]
    assert await world.count("messages") == await world.count("outbox") == 2


async def test_v_a1_a_conversation_that_cannot_be_written_to_spoils_no_other(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    pairs = [await world.pair() for _ in range(5)]
    broken = pairs[2][2]
    add_all = repository.add_all

    async def fail(session: MongoSession, messages: Sequence[Message]) -> None:
        if any(message.conversation_id == broken for message in messages):
            raise RuntimeError("this conversation's documents are broken")
        await add_all(session, messages)

    drafts = [Draft(of, tutor.id, new_id(), "hi", "") for tutor, _, of in pairs]
    with monkeypatch.context() as patch:
        patch.setattr(repository, "add_all", fail)
        found = await send(world, *drafts)
    assert found[:2] + found[3:] == [1] * 4
    assert isinstance(found[2], RuntimeError)
    assert await world.count("messages") == await world.count("outbox") == 4
    assert await send(world, *drafts) == [1] * 5  # four repeats, and one that goes through now
    assert await world.count("messages") == await world.count("outbox") == 5


async def test_v_a1_two_processes_meet_on_many_conversations(world: World) -> None:
    """Each message goes to both, so that they conflict and know each other's repeats."""
    pairs = [await world.pair() for _ in range(8)]
    async with serving(world.stack, world.parts.settings) as other:
        other.parts.sender._pace._limit = 1_000_000
        drafts = [
            Draft(of, tutor.id, new_id(), f"{n}", "") for n in range(25) for tutor, _, of in pairs
        ]
        one, two = await asyncio.gather(send(world, *drafts), send(other, *drafts))
        assert one == two
    for _, _, of in pairs:
        assert [message["seq"] for message in await world.stored(of)] == list(range(1, 26))
        letters = world.parts.mongo.database["outbox"].find({"key": str(of)})
        assert [letter["revision"] async for letter in letters.sort("revision")] == list(
            range(1, 26)
        )


async def test_the_same_name_in_two_conversations_is_two_messages(world: World) -> None:
    name, pairs = UUID(int=5), [await world.pair() for _ in range(2)]
    drafts = [Draft(of, tutor.id, name, "hi", "") for tutor, _, of in pairs]
    assert await send(world, *drafts, *drafts) == [1, 1, 1, 1]
    assert await send(world, *drafts) == [1, 1]
    assert await world.count("messages") == 2


async def test_v_a1_what_a_process_remembers_may_be_out_of_date(world: World) -> None:
    """Two processes take turns; without hints neither learns of the other's messages."""
    tutor, student, of = await world.pair()
    async with serving(world.stack, world.parts.settings) as other:
        other.parts.sender._pace._limit = 1_000_000
        for where in (world, other):
            where.parts.hub._notice = lambda *_: None
        turns, name = [world, world, other, other, world, other, world], new_id()
        for number, where in enumerate(turns, 1):
            person = tutor if number % 2 else student
            assert await send(where, Draft(of, person.id, new_id(), f"{number}", "")) == [number]
        assert await send(world, Draft(of, tutor.id, name, "once", "")) == [8]
        assert await send(world, Draft(of, tutor.id, name, "once", "")) == [8]
        assert await send(other, Draft(of, tutor.id, name, "once", "")) == [8]
    assert [message["seq"] for message in await world.stored(of)] == list(range(1, 9))
    assert await world.count("outbox") == 8


async def test_a_stranger_stays_one_while_a_conversation_is_remembered(world: World) -> None:
    tutor, _, of = await world.pair()
    stranger = world.stack.as_user("student")
    assert await send(world, Draft(of, tutor.id, new_id(), "hi", "")) == [1]
    [refused] = await send(world, Draft(of, stranger.id, new_id(), "let me in", ""))
    assert isinstance(refused, ConversationNotFound)
    assert await world.count("messages") == 1


async def test_others_messages_are_noticed_by_their_hints(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So that a process does not have to fail before it reads anew."""
    tutor, student, of = await world.pair()
    async with serving(world.stack, world.parts.settings) as other:
        assert await send(world, Draft(of, tutor.id, new_id(), "one", "")) == [1]
        assert await send(other, Draft(of, student.id, new_id(), "two", "")) == [2]

        async def forgotten() -> bool:
            return of not in world.parts.sender.memory._known

        await eventually(forgotten)
        assert of in other.parts.sender.memory._known
        with counted(monkeypatch) as transactions:
            assert await send(world, Draft(of, tutor.id, new_id(), "three", "")) == [3]
        assert len(transactions) == 1
