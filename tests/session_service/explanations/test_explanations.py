"""Explanations over HTTP (S38): now and as of a past moment, and for whom."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from session_service.late_policies.rules import Penalty
from tests.session_service.marks.room import Room, open_room, part
from tests.stack import Stack, User
from tests.statements import statements

LATE = Penalty(2, Decimal(20), "earned")


@pytest.fixture
async def room(stack: Stack) -> AsyncIterator[Room]:
    async with open_room(stack, students=2) as made:
        yield made


def asking(moment: datetime) -> str:
    return f"?as_of={moment.isoformat().replace('+00:00', 'Z')}"


async def explain(room: Room, user: User, mark_id: object, query: str = "") -> Any:
    return await room.world.get(user, f"/v1/marks/{mark_id}/explanation{query}")


def kinds(node: Any) -> Any:
    return {node["kind"]: [kinds(child) for child in node["children"]]}


async def test_s38_from_the_total_down_to_answers_rules_penalties_and_overrides(
    room: Room,
) -> None:
    item = await room.item(release="at_once")
    auto = [part("q1", 2, 4, "auto"), part("q2", 4, 6, "auto")]
    await room.mark(item, auto, penalty=LATE)
    overruled = [part("q1", 4, 4, "override"), auto[1]]
    mark = await room.mark(item, overruled, penalty=LATE, why="the key was wrong")
    found = await explain(room, room.students[0], mark.id)
    assert (found["value"], found["recomputed"], found["changes"]) == ("6.40", "6.40", 2)
    tree = found["tree"]
    assert kinds(tree) == {
        "total": [
            {"earned": [{"part": [{"replaced": []}]}, {"part": []}]},
            {"penalty": []},
        ]
    }
    earned, penalty = tree["children"]
    assert (earned["value"], earned["maximum"]) == ("8.00", "10.00")
    assert [penalty[name] for name in ("value", "days", "percent", "base")] == [
        "1.60", 2, "20.00", "earned",
    ]  # fmt: skip
    first = earned["children"][0]
    assert (first["key"], first["value"], first["source"]) == ("q1", "4.00", "override")
    [before] = first["children"]
    assert (before["value"], before["source"], before["counts"]) == ("2.00", "auto", False)


async def test_s38_as_of_a_past_moment_from_the_trail(room: Room) -> None:
    item = await room.item(release="at_once")
    before = room.world.clock.now() - timedelta(seconds=1)
    mark = await room.mark(item, [part("q1", 3)])
    then = room.world.clock.now()
    room.world.clock.move(timedelta(days=1))
    await room.mark(item, [part("q1", 9)], why="misread")
    for user in (room.students[0], room.world.tutor):
        found = await explain(room, user, mark.id, asking(then))
        assert (found["value"], found["recomputed"], found["changes"]) == ("3.00", "3.00", 1)
        assert (await explain(room, user, mark.id))["value"] == "9.00"
        path = f"/v1/marks/{mark.id}/explanation{asking(before)}"
        await room.world.get(user, path, expect=404)


async def test_s_a12_drafts_are_explained_to_tutors_only(room: Room) -> None:
    item = await room.item()
    mark = await room.mark(item, [part("q1", 2, 4, "auto")])
    await room.mark(item, [part("q1", 4, 4, "override")])
    assert (await explain(room, room.world.tutor, mark.id))["value"] == "4.00"
    path = f"/v1/marks/{mark.id}/explanation"
    await room.world.get(room.students[0], path, expect=404)
    release = {"item_ids": [str(item)]}
    await room.world.post(room.world.tutor, f"/v1/study-sessions/{room.id}/mark-releases", release)
    shown = await explain(room, room.students[0], mark.id)
    assert shown["value"] == "4.00"
    assert shown["tree"]["children"][0]["children"][0]["children"] == []
    full = await explain(room, room.world.tutor, mark.id)
    assert full["tree"]["children"][0]["children"][0]["children"][0]["value"] == "2.00"
    await room.world.get(room.students[1], path, expect=404)


async def test_s38_a_grade_from_the_percentage_down_to_all_parts(room: Room) -> None:
    for points in (8, 5):
        await room.mark(await room.item(release="at_once"), [part("q1", points)], penalty=LATE)
    await room.item(due_at=room.world.clock.now() + timedelta(days=1))
    await room.mark(await room.item(), [part("q1", 10)])
    room.world.clock.move(timedelta(days=2))
    path = f"/v1/study-sessions/{room.id}/gradebook/students/{room.students[0].id}"
    for user in (room.students[0], room.world.tutor):
        with statements() as seen:
            found = await room.world.get(user, f"{path}/explanation")
        assert len(seen) == 7
        row = await room.world.get(user, path)
        assert found["value"] == found["recomputed"] == row["percent"] == "34.67"
        [category] = found["tree"]["children"]
        assert sorted(work["value"] for work in category["children"]) == ["0.00", "40.00", "64.00"]
        assert sum(len(work["children"]) for work in category["children"]) == 2
