"""A class's gradebook over HTTP: what counts, for whom, and when (S12, S-A12, S-A14, S38)."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest

from libs.ids import new_id
from session_service.extensions.models import Extension
from session_service.late_policies.rules import Penalty
from tests.session_service.marks.room import Room, open_room, part
from tests.stack import Stack, User
from tests.statements import statements


@pytest.fixture
async def room(stack: Stack) -> AsyncIterator[Room]:
    async with open_room(stack, students=3) as made:
        yield made


async def row(room: Room, user: User, number: int = 0, query: str = "") -> Any:
    path = f"/v1/study-sessions/{room.id}/gradebook/students/{room.students[number].id}{query}"
    return await room.world.get(user, path)


async def categories(room: Room, *wanted: dict[str, Any]) -> Any:
    path = f"/v1/study-sessions/{room.id}/grade-categories"
    answer = await room.world.client.put(
        path, json={"categories": wanted}, headers=room.world.tutor.headers
    )
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_s_a12_a_draft_counts_nowhere_and_only_tutors_see_it(room: Room) -> None:
    student = room.students[0]
    await room.mark(await room.item(release="at_once"), [part("q1", 8)])
    await room.mark(await room.item(), [part("q1", 1)])
    mine, theirs = await row(room, student), await row(room, room.world.tutor)
    assert mine["percent"] == theirs["percent"] == "80.00"
    assert [(one["total"], one["state"]) for one in mine["cells"]] == [
        ("8.00", "released"),
        (None, "empty"),
    ]
    assert [(one["total"], one["percent"]) for one in theirs["cells"]] == [
        ("8.00", "80.00"),
        ("1.00", None),
    ]


async def test_s_a14_missing_counts_zero_only_after_the_cut_off(room: Room) -> None:
    now = room.world.clock.now()
    due, late = now + timedelta(days=1), now + timedelta(days=2)
    await room.item(due_at=due, cut_off_at=late)
    await room.mark(await room.item(release="at_once"), [part("q1", 8)])
    assert (await row(room, room.world.tutor))["percent"] == "80.00"
    room.world.clock.move(timedelta(days=2))
    assert (await row(room, room.world.tutor))["percent"] == "80.00"
    room.world.clock.move(timedelta(microseconds=1))
    found = await row(room, room.students[0])
    assert found["percent"] == "40.00"
    assert [one["missing"] for one in found["cells"]] == [True, False]


async def test_s9_who_has_more_time_is_missing_later(room: Room) -> None:
    now, day = room.world.clock.now(), timedelta(days=1)
    item = await room.item(due_at=now + day, cut_off_at=now + 2 * day)
    student = room.students[0]
    values = {
        "id": new_id(), "item_id": item, "study_session_id": room.id, "student_id": student.id,
        "due_at": now + 4 * day, "extra_time_factor": 1, "reason": "ill", "remind_at": None,
        "granted_by": room.world.tutor.id, "granted_at": now, "revision": 1,
    }  # fmt: skip
    async with room.world.parts.database.transaction() as session:
        session.add(Extension(**values))
    room.world.clock.move(5 * day)
    assert (await row(room, student))["cells"][0]["missing"] is False
    assert (await row(room, room.world.tutor, 1))["cells"][0]["missing"] is True
    room.world.clock.move(timedelta(microseconds=1))
    assert (await row(room, student))["cells"][0]["missing"] is True


async def test_s_a14_work_that_waits_for_its_mark_is_not_missing(room: Room) -> None:
    task = await room.world.task(room.made)
    path = f"/v1/tasks/{task['id']}/submissions"
    await room.world.post(room.students[0], path, {"body": "three quarters"})
    open_one = await room.item(due_at=room.world.clock.now() + timedelta(days=1))
    await room.mark(open_one, [part("essay", None)], work_id=new_id())
    room.world.clock.move(timedelta(days=2))
    for user in (room.students[0], room.world.tutor):
        found = await row(room, user)
        assert [one["missing"] for one in found["cells"]] == [False, False]
        assert found["percent"] is None
    assert (await row(room, room.world.tutor, 1))["percent"] == "0.00"


async def test_s_a12_a_draft_without_work_does_not_end_that_it_is_missing(room: Room) -> None:
    due = room.world.clock.now() + timedelta(days=1)
    item = await room.item(due_at=due)
    await room.mark(await room.item(release="at_once"), [part("q1", 8)])
    room.world.clock.move(timedelta(days=2))
    await room.mark(item, [part("q1", 10)])
    for user in (room.students[0], room.world.tutor):
        found = await row(room, user)
        assert (found["percent"], found["cells"][0]["missing"]) == ("40.00", True)
    path = f"/v1/study-sessions/{room.id}/mark-releases"
    await room.world.post(room.world.tutor, path, {"item_ids": [str(item)]})
    found = await row(room, room.students[0])
    assert (found["percent"], found["cells"][0]["missing"]) == ("90.00", False)


async def test_s_a14_a_manual_column_is_never_missing(room: Room) -> None:
    await room.item(kind="manual", due_at=room.world.clock.now() + timedelta(days=1))
    room.world.clock.move(timedelta(days=2))
    found = await row(room, room.students[0])
    assert (found["percent"], found["cells"][0]["missing"]) == (None, False)


async def test_s_a14_what_was_due_before_a_student_came_is_not_missing(
    room: Room, stack: Stack
) -> None:
    now, day = room.world.clock.now(), timedelta(days=1)
    await room.item(due_at=now + day, cut_off_at=now + 3 * day)
    room.world.clock.move(2 * day)
    await room.item(due_at=now + 3 * day)
    late = stack.as_user("student")
    await room.world.member(room.made, late)
    room.students.append(late)
    room.world.clock.move(2 * day)
    assert [one["missing"] for one in (await row(room, late, 3))["cells"]] == [False, True]
    assert [one["missing"] for one in (await row(room, room.students[0]))["cells"]] == [True, True]


async def test_s12_weights_by_category_and_drop_lowest(room: Room) -> None:
    await categories(
        room,
        {"name": "exam", "weight": "60"},
        {"name": "home", "weight": "40", "drop_lowest": 1},
    )
    for category, points in (("exam", 9), ("home", 4), ("home", "8.5")):
        item = await room.item(release="at_once", category=category)
        await room.mark(item, [part("q1", points)])
    found = await row(room, room.students[0])
    assert found["percent"] == "88.00"
    assert [(one["name"], one["percent"], len(one["dropped"])) for one in found["categories"]] == [
        ("exam", "90.00", 0),
        ("home", "85.00", 1),
    ]


async def test_s12_an_excuse_leaves_the_denominator(room: Room) -> None:
    await room.mark(await room.item(release="at_once"), [part("q1", 8)])
    await room.excuse(await room.item(due_at=room.world.clock.now() + timedelta(days=1)))
    room.world.clock.move(timedelta(days=2))
    found = await row(room, room.students[0])
    assert found["percent"] == "80.00"
    assert sorted(one["excused"] for one in found["cells"]) == [False, True]


async def test_s38_a_gradebook_as_of_a_past_moment(room: Room) -> None:
    item = await room.item(release="at_once")
    await room.mark(item, [part("q1", 3)])
    then = room.world.clock.now()
    room.world.clock.move(timedelta(hours=1))
    penalty = Penalty(1, 10, "earned")  # type: ignore[arg-type]
    await room.mark(item, [part("q1", 8)], penalty=penalty, why="misread")
    await room.mark(await room.item(release="at_once"), [part("q1", 10)])
    query = f"?as_of={then.isoformat().replace('+00:00', 'Z')}"
    for user in (room.students[0], room.world.tutor):
        assert (await row(room, user))["percent"] == "86.00"
        before = await row(room, user, query=query)
        assert (before["percent"], len(before["cells"])) == ("30.00", 1)


async def test_s38_what_is_hidden_now_is_hidden_in_the_past_too(room: Room) -> None:
    item = await room.item()
    await room.mark(item, [part("q1", 3)])
    path = f"/v1/study-sessions/{room.id}/mark-releases"
    made = await room.world.post(room.world.tutor, path, {"item_ids": [str(item)]})
    then = room.world.clock.now()
    room.world.clock.move(timedelta(minutes=5))
    await room.world.post(room.world.tutor, f"/v1/mark-releases/{made['id']}/undo", expect=200)
    query = f"?as_of={then.isoformat().replace('+00:00', 'Z')}"
    assert (await row(room, room.world.tutor, query=query))["percent"] == "30.00"
    seen = await row(room, room.students[0], query=query)
    assert (seen["percent"], seen["cells"][0]["total"]) == (None, None)


async def test_s38_an_excuse_opens_nothing_that_is_hidden_again(room: Room) -> None:
    item = await room.item()
    mark = await room.mark(item, [part("q1", 3)])
    path = f"/v1/study-sessions/{room.id}/mark-releases"
    made = await room.world.post(room.world.tutor, path, {"item_ids": [str(item)]})
    then = room.world.clock.now()
    room.world.clock.move(timedelta(minutes=5))
    await room.world.post(room.world.tutor, f"/v1/mark-releases/{made['id']}/undo", expect=200)
    await room.excuse(item)
    query = f"?as_of={then.isoformat().replace('+00:00', 'Z')}"
    seen = await row(room, room.students[0], query=query)
    assert (seen["percent"], seen["cells"][0]["total"]) == (None, None)
    explained = f"/v1/marks/{mark.id}/explanation"
    await room.world.get(room.students[0], f"{explained}{query}", expect=404)
    assert (await room.world.get(room.students[0], explained))["excused"] is True
    assert (await room.world.get(room.world.tutor, f"{explained}{query}"))["value"] == "3.00"


async def test_s38_work_that_waited_for_its_mark_was_not_missing_then(room: Room) -> None:
    item = await room.item(due_at=room.world.clock.now() + timedelta(days=1))
    await room.mark(item, [part("essay", None)], work_id=new_id())
    room.world.clock.move(timedelta(days=2))
    query = f"?as_of={room.world.clock.now().isoformat().replace('+00:00', 'Z')}"
    for user in (room.students[0], room.world.tutor):
        found = await row(room, user, query=query)
        assert (found["percent"], found["cells"][0]["missing"]) == (None, False)


async def test_s12_a_page_takes_the_same_number_of_statements_for_any_size(room: Room) -> None:
    path = f"/v1/study-sessions/{room.id}/gradebook"
    counts = []
    for _ in range(2):
        item = await room.item(release="at_once")
        for student in room.students:
            await room.mark(item, [part("q1", 8)], student)
        for limit in (1, 3):
            with statements() as seen:
                page = await room.world.get(room.world.tutor, f"{path}?limit={limit}")
            assert len(page["items"]) == limit
            counts.append(len(seen))
    assert len(set(counts)) == 1
    assert counts[0] == 7


async def test_a_row_of_somebody_else_is_not_found(room: Room) -> None:
    path = f"/v1/study-sessions/{room.id}/gradebook/students/{room.students[1].id}"
    answer = await room.world.get(room.students[0], path, expect=404)
    assert answer["code"] == "gradebook_row_not_found"


async def test_s12_a_category_may_stand_there_once(room: Room) -> None:
    path = f"/v1/study-sessions/{room.id}/grade-categories"
    twice = {"categories": [{"name": "exam", "weight": 1}] * 2}
    answer = await room.world.client.put(path, json=twice, headers=room.world.tutor.headers)
    assert answer.json()["fields"][0]["pointer"] == "/categories/1/name"
    assert await categories(room) == {"categories": []}
