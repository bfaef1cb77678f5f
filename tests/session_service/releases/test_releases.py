"""Releases of marks, and that drafts are invisible (S11, S-A12)."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from tests.session_service.marks.room import Room, open_room, part
from tests.stack import Stack
from tests.statements import statements


@pytest.fixture
async def room(stack: Stack) -> AsyncIterator[Room]:
    async with open_room(stack, students=3) as made:
        yield made


async def release(room: Room, expect: int = 201, **body: list[UUID]) -> Any:
    shown = {name: [str(one) for one in ids] for name, ids in body.items()}
    path = f"/v1/study-sessions/{room.id}/mark-releases"
    return await room.world.post(room.world.tutor, path, shown, expect)


async def undo(room: Room, made: dict[str, Any], expect: int = 200) -> Any:
    path = f"/v1/mark-releases/{made['id']}/undo"
    return await room.world.post(room.world.tutor, path, expect=expect)


async def seen(room: Room, number: int = 0) -> list[tuple[str | None, str]]:
    """Total and state of what a student sees."""
    items = (await room.world.get(room.students[number], "/v1/marks"))["items"]
    return [(one["total"], one["state"]) for one in items]


async def test_s_a12_a_draft_is_invisible_until_it_is_released(room: Room) -> None:
    item = await room.item()
    mark = await room.mark(item, [part("q1", 7)])
    student = room.students[0]
    assert await seen(room) == []
    for path in (f"/v1/marks/{mark.id}", f"/v1/marks/{mark.id}/changes"):
        await room.world.get(student, path, expect=404)
    assert await room.told("studyzed.marks.released") == []
    made = await release(room, item_ids=[item])
    assert made["marks"] == 1
    assert await seen(room) == [("7.00", "released")]
    shown = await room.world.get(student, f"/v1/marks/{mark.id}")
    assert [(one["key"], one["points"]) for one in shown["parts"]] == [("q1", "7.00")]


async def test_s_a12_one_release_tells_each_student_once(room: Room) -> None:
    items = [await room.item() for _ in range(3)]
    for item in items:
        for student in room.students[:2]:
            await room.mark(item, [part("q1", 7)], student)
    made = await release(room, item_ids=items)
    assert made["marks"] == 6
    told = await room.told("studyzed.marks.released")
    assert sorted(one["student_id"] for one in told) == sorted(
        str(student.id) for student in room.students[:2]
    )
    assert {frozenset(one["item_ids"]) for one in told} == {frozenset(map(str, items))}
    assert {one["release_id"] for one in told} == {made["id"]}


async def test_s_a12_two_tutors_who_release_at_once_tell_once(room: Room) -> None:
    item = await room.item()
    for student in room.students:
        await room.mark(item, [part("q1", 7)], student)
    path = f"/v1/study-sessions/{room.id}/mark-releases"
    answers = await asyncio.gather(
        *(
            room.world.client.post(
                path, json={"item_ids": [str(item)]}, headers=room.world.tutor.headers
            )
            for _ in range(4)
        )
    )
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409]
    assert len(await room.told("studyzed.marks.released")) == 3
    assert await room.rows("SELECT count(*) FROM mark_changes WHERE kind = 'released'") == [(3,)]


async def test_s11_one_mark_can_be_released_alone(room: Room) -> None:
    item = await room.item()
    marks = [await room.mark(item, [part("q1", 7)], student) for student in room.students]
    await release(room, mark_ids=[marks[1].id])
    assert [await seen(room, number) for number in range(3)] == [[], [("7.00", "released")], []]
    again = await release(room, expect=409, mark_ids=[marks[1].id])
    assert again["code"] == "nothing_to_release"


async def test_s12_what_is_excused_is_neither_released_nor_told(room: Room) -> None:
    item = await room.item()
    mark = await room.mark(item, [part("q1", 7)])
    await room.excuse(item)
    for body in ({"item_ids": [item]}, {"mark_ids": [mark.id]}):
        assert (await release(room, expect=409, **body))["code"] == "nothing_to_release"
    await room.mark(item, [part("q1", 6)], room.students[1])
    assert (await release(room, item_ids=[item]))["marks"] == 1
    [told] = await room.told("studyzed.marks.released")
    assert told["student_id"] == str(room.students[1].id)
    await room.excuse(item, excused=False)
    assert (await release(room, item_ids=[item]))["marks"] == 1


async def test_s12_where_all_are_waited_for_an_excused_draft_stays_one(room: Room) -> None:
    item = await room.item(release="when_all_marked")
    for student in room.students[:2]:
        await room.mark(item, [part("q1", 7)], student)
    await room.excuse(item)
    await room.mark(item, [part("q1", 6)], room.students[2])
    told = await room.told("studyzed.marks.released")
    assert {one["student_id"] for one in told} == {str(one.id) for one in room.students[1:]}
    await room.excuse(item, excused=False)
    assert len(await room.told("studyzed.marks.released")) == 3


async def test_s11_what_is_not_whole_is_not_released(room: Room) -> None:
    item = await room.item()
    await room.mark(item, [part("q1", 7), part("essay", None)])
    assert (await release(room, expect=409, item_ids=[item]))["code"] == "nothing_to_release"


async def test_s11_marks_of_another_class_are_not_released(room: Room, stack: Stack) -> None:
    async with open_room(stack) as other:
        mark = await other.mark(await other.item(), [part("q1", 7)])
        body = {"mark_ids": [mark.id], "item_ids": [mark.item_id]}
        assert (await release(room, expect=409, **body))["code"] == "nothing_to_release"


async def test_s_a12_undo_hides_again_within_ten_minutes_and_logs(room: Room) -> None:
    item = await room.item()
    mark = await room.mark(item, [part("q1", 7)])
    made = await release(room, item_ids=[item])
    room.world.clock.move(timedelta(minutes=10))
    undone = await undo(room, made)
    assert undone["undone_by"] == str(room.world.tutor.id)
    assert await seen(room) == []
    path = f"/v1/marks/{mark.id}/changes"
    trail = (await room.world.get(room.world.tutor, path))["items"]
    assert [(one["kind"], one["from_state"], one["to_state"]) for one in trail] == [
        ("hidden", "released", "draft"),
        ("released", "draft", "released"),
        ("marked", "empty", "draft"),
    ]
    assert (await undo(room, made, expect=409))["code"] == "release_undone"
    await release(room, item_ids=[item])
    assert await seen(room) == [("7.00", "released")]


async def test_s_a12_undo_hides_for_good_what_was_opened_again_meanwhile(room: Room) -> None:
    item = await room.item()
    mark = await room.mark(item, [part("q1", 7)])
    made = await release(room, item_ids=[item])
    await room.mark(item, [part("q1", None)], why="look again")
    await undo(room, made)
    await room.mark(item, [part("q1", 3)])
    assert await seen(room) == []
    await room.world.get(room.students[0], f"/v1/marks/{mark.id}", expect=404)
    assert len(await room.told("studyzed.marks.released")) == 1
    await release(room, item_ids=[item])
    assert await seen(room) == [("3.00", "released")]


async def test_s11_a_mark_that_was_not_whole_follows_the_rule_when_it_is(room: Room) -> None:
    item = await room.item(release="at_once")
    await room.mark(item, [part("q1", 7), part("essay", None)])
    answer = await room.world.client.patch(
        f"/v1/grade-items/{item}", json={"release": "by_hand"}, headers=room.world.tutor.headers
    )
    assert answer.status_code == 200, answer.text
    await room.mark(item, [part("q1", 7), part("essay", 2)])
    assert await seen(room) == []
    assert await room.told("studyzed.marks.released") == []


async def test_s_a12_after_ten_minutes_a_release_stands(room: Room) -> None:
    item = await room.item()
    await room.mark(item, [part("q1", 7)])
    made = await release(room, item_ids=[item])
    room.world.clock.move(timedelta(minutes=10, microseconds=1))
    assert (await undo(room, made, expect=409))["code"] == "release_settled"
    assert await seen(room) == [("7.00", "released")]


async def test_s_a12_a_change_after_release_keeps_the_old_and_tells(room: Room) -> None:
    item = await room.item()
    mark = await room.mark(item, [part("q1", 7)])
    await release(room, item_ids=[item])
    path = f"/v1/grade-items/{item}/students/{room.students[0].id}/mark"
    body: dict[str, Any] = {"parts": [{"key": "q1", "points": "8.5"}]}
    headers = room.world.tutor.headers
    refused = await room.world.client.put(path, json=body, headers=headers)
    assert refused.json()["fields"][0]["pointer"] == "/reason"
    body["reason"] = "the second page was overlooked"
    assert (await room.world.client.put(path, json=body, headers=headers)).status_code == 200
    trail = (await room.world.get(room.students[0], f"/v1/marks/{mark.id}/changes"))["items"]
    assert [
        (one["from_total"], one["to_total"], one["reason"], one["changed_by"]) for one in trail
    ] == [
        ("7.00", "8.50", body["reason"], str(room.world.tutor.id)),
        (None, "7.00", None, str(room.world.tutor.id)),
    ]
    [told] = await room.told("studyzed.mark.changed")
    assert told["student_id"] == str(room.students[0].id)


async def test_a_release_takes_the_same_number_of_statements_for_any_number(room: Room) -> None:
    counts = []
    for many in (1, 3):
        item = await room.item()
        for student in room.students[:many]:
            await room.mark(item, [part("q1", 7), part("q2", 1)], student)
        with statements() as seen_ones:
            await release(room, item_ids=[item])
        counts.append(len(seen_ones))
    assert counts[0] == counts[1]


async def test_releases_are_listed_newest_first(room: Room) -> None:
    made = []
    for _ in range(2):
        item = await room.item()
        await room.mark(item, [part("q1", 7)])
        made.append(await release(room, item_ids=[item]))
    path = f"/v1/study-sessions/{room.id}/mark-releases"
    assert (await room.world.get(room.world.tutor, path))["items"] == made[::-1]
