"""How changes reach sockets: live, after lost hints, and on resume (V-A6)."""

from typing import Any

import pytest

from libs.ids import new_id
from message_service.changes import service
from message_service.messages.models import Draft
from message_service.sockets import hub
from tests.message_service.changes.test_changes import HEART, SMILE, Talk, talk
from tests.message_service.world import World


async def filled(world: World, count: int = 3) -> Talk:
    """A conversation with messages of the tutor's."""
    of = await talk(world)
    for number in range(count):
        await world.parts.sender.send(Draft(of.id, of.tutor.id, new_id(), f"{number}", ""))
    await world.parts.sender._telling.close()
    return of


async def test_v_a6_all_sockets_learn_of_changes(world: World) -> None:
    of = await filled(world)
    mine, other = await world.live(of.tutor), await world.live(of.student)
    await mine.tell("edit", conversation_id=of.id, seq=2, body="edited", ref="a")
    await mine.tell("delete", conversation_id=of.id, seq=3, ref="b")
    await mine.tell("react", conversation_id=of.id, seq=2, emoji=HEART, ref="c")
    await mine.tell("react", conversation_id=of.id, seq=2, emoji=HEART, on=False, ref="d")
    done = [await mine.await_type("done") for _ in range(4)]
    assert [(one["ref"], one["seq"], one["version"]) for one in done] == [
        ("a", 2, 1), ("b", 3, 2), ("c", 2, 3), ("d", 2, 4),
    ]  # fmt: skip
    told = [await other.await_type("changed") for _ in range(4)]
    assert [(one["seq"], one["version"], one["body"]) for one in told] == [
        (2, 1, "edited"), (3, 2, ""), (2, 3, "edited"), (2, 4, "edited"),
    ]  # fmt: skip
    assert told[2]["reactions"] == [{"emoji": HEART, "count": 1}]
    assert told[1]["deleted_by"] == "author"
    await other.tell("edit", conversation_id=of.id, seq=1, body="mine", ref="e")
    refused = await other.await_type("error")
    assert (refused["code"], refused["ref"]) == ("not_the_author", "e")


async def test_v_a6_who_was_away_learns_of_changes_on_resume(world: World) -> None:
    of = await filled(world)
    await of.edit(of.tutor, 1, "first")
    await of.delete(of.tutor, 2)
    await of.edit(of.tutor, 1, "second")
    stream = {"conversation_id": str(of.id), "after_seq": 3, "after_version": 1}
    async with await world.ready(of.student) as client:
        ready = await client.next()
        assert ready["streams"] == [{"conversation_id": str(of.id), "seq": 3, "version": 3}]
        await client.tell("resume", streams=[stream])
        told = [await client.next() for _ in range(2)]
        assert [(one["type"], one["version"], one["body"]) for one in told] == [
            ("changed", 2, ""), ("changed", 3, "second"),
        ]  # fmt: skip
        await of.edit(of.tutor, 1, "third")
        assert (await client.next())["version"] == 4
    async with await world.live(of.student, {of.id: 0}) as client:
        shown = [await client.next() for _ in range(3)]
        assert [(one["type"], one["version"]) for one in shown] == [
            ("message", 4), ("message", 2), ("message", 0),
        ]  # fmt: skip


async def test_v_a6_a_gap_of_versions_is_a_reset(world: World) -> None:
    of = await filled(world)
    await world.parts.mongo.database["conversations"].update_one(
        {"_id": of.id}, {"$set": {"version": 1_001}}
    )
    for version in (0, 1_002):
        stream = {"conversation_id": str(of.id), "after_seq": 3, "after_version": version}
        async with await world.ready(of.student) as client:
            await client.next()
            await client.tell("resume", streams=[stream])
            told = await client.next()
            assert (told["type"], told["seq"], told["version"]) == ("reset", 3, 1_001)


@pytest.mark.parametrize("lost", [1, 3])
async def test_v_a6_lost_hints_are_made_up(
    world: World, monkeypatch: pytest.MonkeyPatch, lost: int
) -> None:
    """By the next hint, or by the question that is asked every few seconds."""
    of = await filled(world)
    client = await world.live(of.student)
    tell = world.parts.changes._announce

    async def lose(_: Any) -> None:
        return None

    world.parts.changes._announce = lose
    for number in range(lost):
        await of.edit(of.tutor, number + 1, "edited")
    world.parts.changes._announce = tell
    if lost == 1:
        await of.edit(of.tutor, 2, "edited")
    else:
        monkeypatch.setattr(hub, "RECHECK_SECONDS", 0.01)
        world.parts.hub._missed.set()
    told = [await client.next() for _ in range(max(lost, 2))]
    assert [one["version"] for one in told] == list(range(1, len(told) + 1))
    assert [one["seq"] for one in told] == list(range(1, len(told) + 1))


async def test_v_a6_more_changes_than_a_page_are_made_up(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "LIMIT", 1_000_000)
    of = await filled(world, 120)
    for number in range(120):
        await of.react(of.student, number + 1, HEART)
    await of.react(of.tutor, 5, HEART)
    stream = {"conversation_id": str(of.id), "after_seq": 120, "after_version": 0}
    async with await world.ready(of.student) as client:
        await client.next()
        await client.tell("resume", streams=[stream])
        versions = [(await client.await_type("changed"))["version"] for _ in range(120)]
    assert versions == [n for n in range(1, 122) if n != 5]
    found, after = [], 0
    while True:
        page = (await of.call("GET", f"/changes?after_version={after}", of.student)).json()
        found += [one["version"] for one in page["items"]]
        after = found[-1]
        if not page["more"]:
            break
    assert (found, page["version"]) == (versions, 121)


async def test_nobody_hears_of_what_changes_nothing(world: World) -> None:
    of = await filled(world)
    client = await world.live(of.student)
    await of.react(of.student, 1, SMILE)
    await of.react(of.student, 1, SMILE)
    await of.react(of.tutor, 1, SMILE)
    told = [await client.next() for _ in range(2)]
    assert [one["version"] for one in told] == [1, 2]
