"""Marks as other features set them, and their trail."""

import asyncio
from collections.abc import AsyncIterator
from decimal import Decimal

import pytest

from libs.errors import Stale
from libs.ids import new_id
from session_service.grade_items.errors import GradeItemNotFound
from session_service.late_policies.rules import Penalty
from tests.session_service.marks.room import Room, open_room, part
from tests.stack import Stack

D = Decimal
TRAIL = "SELECT number, kind, from_total, to_total, from_state, to_state FROM mark_changes"


@pytest.fixture
async def room(stack: Stack) -> AsyncIterator[Room]:
    async with open_room(stack, students=2) as made:
        yield made


async def test_r3_marking_twice_gives_the_same_total(room: Room) -> None:
    item, work = await room.item(), new_id()
    parts = [part("q1", 3), part("q2", "1.5")]
    for _ in range(3):
        mark = await room.mark(item, parts, work_id=work)
    assert (mark.total, mark.state, mark.revision) == (D("4.50"), "draft", 1)
    assert await room.rows(TRAIL) == [(1, "marked", None, D("4.50"), "empty", "draft")]
    assert (await room.mark(item, parts[:1], work_id=work)).total == D("3.00")
    assert await room.rows("SELECT key, points FROM mark_parts") == [("q1", D("3.00"))]


async def test_s13_every_change_keeps_who_when_from_to_and_why(room: Room) -> None:
    item = await room.item(release="at_once")
    first = await room.mark(item, [part("q1", 3)])
    penalty = Penalty(1, D(10), "earned")
    second = await room.mark(item, [part("q1", 8)], penalty=penalty, why="misread")
    assert (first.id, second.total, second.penalty_points) == (second.id, D("7.20"), D("0.80"))
    assert await room.rows(f"{TRAIL} ORDER BY number") == [
        (1, "marked", None, D("3.00"), "empty", "released"),
        (2, "marked", D("3.00"), D("7.20"), "released", "released"),
    ]
    who = "SELECT changed_by, reason FROM mark_changes JOIN mark_words ON change_id = id"
    assert await room.rows(who) == [(room.world.tutor.id, "misread")]
    [shown], [changed] = [
        await room.told(f"studyzed.{k}") for k in ("marks.released", "mark.changed")
    ]
    assert shown["mark_ids"] == [str(first.id)]
    assert (changed["mark_id"], changed["student_id"]) == (
        str(first.id), str(room.students[0].id),
    )  # fmt: skip


async def test_s13_the_trail_cannot_be_changed_by_the_service(room: Room) -> None:
    await room.mark(await room.item(), [part("q1", 3)])
    for act in ("UPDATE mark_changes SET to_total = 10", "DELETE FROM mark_changes"):
        with pytest.raises(Exception, match="permission denied"):
            await room.rows(act)


async def test_s11_a_mark_with_an_open_part_is_not_released(room: Room) -> None:
    item = await room.item(release="at_once")
    mark = await room.mark(item, [part("q1", 3), part("essay", None)])
    assert (mark.state, mark.total) == ("needs_marking", None)
    assert await room.told("studyzed.marks.released") == []
    mark = await room.mark(item, [part("q1", 3), part("essay", 4)])
    assert (mark.state, mark.total) == ("released", D("7.00"))
    assert len(await room.told("studyzed.marks.released")) == 1


async def test_s11_when_all_are_marked_or_excused_all_are_released(room: Room) -> None:
    item = await room.item(release="when_all_marked")
    await room.mark(item, [part("q1", 3)])
    assert await room.told("studyzed.marks.released") == []
    await room.excuse(item, room.students[1])
    [told] = await room.told("studyzed.marks.released")
    assert told["student_id"] == str(room.students[0].id)
    assert await room.rows("SELECT state, excused FROM marks ORDER BY excused") == [
        ("released", False),
        ("empty", True),
    ]


async def test_s11_the_last_two_marks_at_once_release_all(room: Room) -> None:
    item = await room.item(release="when_all_marked")
    await asyncio.gather(*(room.mark(item, [part("q1", 3)], one) for one in room.students))
    assert await room.rows("SELECT state FROM marks") == [("released",), ("released",)]
    told = await room.told("studyzed.marks.released")
    assert {one["student_id"] for one in told} == {str(one.id) for one in room.students}
    assert len(told) == 2


async def test_r3_two_tutors_at_once_lose_nothing(room: Room) -> None:
    item = await room.item()
    await asyncio.gather(*(room.mark(item, [part("q1", n)]) for n in range(8)))
    trail = await room.rows("SELECT number, from_total, to_total FROM mark_changes ORDER BY number")
    assert [number for number, _, _ in trail] == list(range(1, 9))
    assert sorted(int(to) for _, _, to in trail) == list(range(8))
    assert [old for _, old, _ in trail] == [None, *(to for _, _, to in trail[:-1])]
    assert await room.rows("SELECT total, revision FROM marks") == [(trail[-1][2], 8)]


async def test_r3_of_two_who_have_seen_the_same_one_is_told(room: Room) -> None:
    item = await room.item()
    await room.mark(item, [part("q1", 1)])
    tries = (room.mark(item, [part("q1", n)], seen='"1"') for n in (5, 6))
    found = await asyncio.gather(*tries, return_exceptions=True)
    assert sorted(type(one).__name__ for one in found) == ["Mark", "Stale"]
    assert (await room.rows("SELECT count(*) FROM mark_changes")) == [(2,)]
    [stale] = [one for one in found if isinstance(one, Stale)]
    assert stale.headers == {"ETag": '"2"'}


async def test_s12_an_excuse_is_kept_and_can_be_taken_back(room: Room) -> None:
    item = await room.item()
    await room.mark(item, [part("q1", 3)])
    assert (await room.excuse(item)).excused
    mark = await room.excuse(item, excused=False)
    assert (mark.excused, mark.total, mark.revision) == (False, D("3.00"), 3)
    kinds = await room.rows("SELECT kind FROM mark_changes ORDER BY number")
    assert kinds == [("marked",), ("excused",), ("unexcused",)]


async def test_an_unknown_item_is_refused(room: Room) -> None:
    with pytest.raises(GradeItemNotFound):
        await room.mark(new_id(), [part("q1", 3)])
