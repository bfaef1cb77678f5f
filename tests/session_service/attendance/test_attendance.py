"""Attendance from calls, tutors and codes (S-A13, S29)."""

import asyncio
import random
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import insert
from sqlalchemy.exc import DBAPIError

from libs.ids import new_id
from session_service.attendance.models import Attendance
from session_service.attendance.schemas import CloseLessons
from session_service.class_roles.schemas import ClassRoleName
from session_service.lessons.schemas import LessonState
from tests.session_service.attendance.lessons import (
    MINUTE,
    add_lesson,
    close,
    listed,
    mark,
    one,
    stayed,
    told,
)
from tests.session_service.materials.library import Library
from tests.statements import statements


def seen(record: dict[str, Any]) -> tuple[Any, ...]:
    """What a record says."""
    return tuple(record[name] for name in ("state", "minutes", "source", "override"))


async def test_s_a13_a_call_in_any_order_and_twice(library: Library) -> None:
    """Two devices overlap, events come shuffled and twice, an old revision last."""
    lesson, student = await add_lesson(library), library.student
    first = stayed(lesson, student, 0, 20)
    newer = first.model_copy(update={"left_at": lesson.starts_at + 30 * MINUTE, "revision": 2})
    events = [newer, stayed(lesson, student, 10, 35), stayed(lesson, student, 40, 75)] * 2
    random.shuffle(events)
    for event in [*events, first]:
        await library.world.handle(event.model_copy(update={"event_id": new_id()}))
    assert await listed(library, library.tutor, lesson) == []
    await close(library, lesson)
    assert seen(await one(library, lesson)) == ("present", 55, "call", False)
    assert await told(library) == [("recorded", "present")]


async def test_s_a13_what_comes_after_the_closing_counts_then(library: Library) -> None:
    lesson = await add_lesson(library)
    await close(library, lesson)
    assert seen(await one(library, lesson)) == ("absent", None, None, False)
    late = stayed(lesson, library.student, 12, 60)
    await library.world.handle(late)
    assert seen(await one(library, lesson)) == ("late", 48, "call", False)
    await library.world.handle(stayed(lesson, library.student, 0, 5))
    assert seen(await one(library, lesson)) == ("present", 53, "call", False)
    assert await told(library) == [
        ("recorded", "absent"), ("recorded", "late"), ("recorded", "present"),
    ]  # fmt: skip


async def test_s_a13_of_strangers_and_other_lessons_nothing_is_kept(library: Library) -> None:
    lesson = await add_lesson(library)
    stranger = library.stack.as_user("student")
    unknown = stayed(lesson, library.student, 0, 60, lesson_id=new_id())
    for event in (stayed(lesson, stranger, 0, 60), stayed(lesson, library.tutor, 0, 60), unknown):
        await library.world.handle(event)
    assert await library.rows("SELECT 1 FROM call_stays") == []
    await close(library, lesson)
    assert seen(await one(library, lesson)) == ("absent", None, None, False)


async def test_s_a13_closing_is_once_and_only_for_lessons_held(library: Library) -> None:
    held = await add_lesson(library)
    cancelled = await add_lesson(library, state=LessonState.CANCELLED.value)
    newcomer = library.stack.as_user("student")
    library.world.clock.at = held.ends_at + 15 * MINUTE - timedelta(seconds=1)
    await library.world.member(library.made, newcomer)  # joined when the lesson was over
    await library.run(CloseLessons())
    assert await listed(library, library.tutor, held) == []
    library.world.clock.move(timedelta(seconds=1))
    await asyncio.gather(*(library.run(CloseLessons()) for _ in range(5)))
    assert [row["student_id"] for row in await listed(library, library.tutor, held)] == [
        str(library.student.id)
    ]
    assert await listed(library, library.tutor, cancelled) == []
    assert await told(library) == [("recorded", "absent")]


async def test_s_a13_stays_and_closing_at_once_lose_nothing(library: Library) -> None:
    """Ten lessons: six stays of ten minutes each arrive while the lesson is closed."""
    for _ in range(10):
        lesson = await add_lesson(library)
        events = [stayed(lesson, library.student, 10 * n, 10 * n + 10) for n in range(6)]
        library.world.clock.at = lesson.ends_at + 15 * MINUTE
        await asyncio.gather(
            *(library.world.handle(event) for event in events[:3]),
            library.run(CloseLessons()),
            *(library.world.handle(event) for event in events[3:]),
        )
        assert seen(await one(library, lesson)) == ("present", 60, "call", False)


async def test_s_a13_the_tutor_s_word_wins_and_stays(library: Library) -> None:
    lesson = await add_lesson(library)
    library.world.clock.move(5 * MINUTE)
    found = await mark(library, lesson, "excused")
    assert seen(found) == ("excused", None, "tutor", True)
    await library.world.handle(stayed(lesson, library.student, 0, 60))
    await close(library, lesson)
    assert seen(await one(library, lesson)) == ("excused", 60, "tutor", True)
    await library.world.handle(stayed(lesson, library.student, -5, 90))
    await library.run(CloseLessons())
    assert seen(await one(library, lesson)) == ("excused", 60, "tutor", True)
    assert await told(library) == [("recorded", "excused")]


async def test_s_a13_corrections_leave_a_trail(library: Library) -> None:
    lesson = await add_lesson(library)
    await close(library, lesson)
    record = await one(library, lesson)
    path = f"/v1/lessons/{lesson.id}/attendance/{library.student.id}"
    answer = await library.world.client.put(
        path, json={"state": "present"}, headers=library.tutor.headers
    )
    assert answer.status_code == 422
    assert [(f["pointer"], f["code"]) for f in answer.json()["fields"]] == [("/reason", "missing")]
    first = library.world.clock.now()
    await mark(library, lesson, "present", "was in the room")
    await mark(library, lesson, "present", "said twice")
    library.world.clock.move(MINUTE)
    assistant = library.stack.as_user("tutor")
    await library.give(assistant, ClassRoleName.ASSISTANT)
    found = await mark(library, lesson, "late", "came at 8:20", assistant)
    assert (seen(found), found["came_late"]) == (("late", None, "tutor", True), True)
    trail = f"/v1/attendance/{record['id']}/corrections"
    for user in (library.tutor, library.student):
        items = (await library.send(user, "GET", trail))["items"]
        assert [
            (x["changed_by"], x["changed_at"], x["from_state"], x["to_state"], x["reason"])
            for x in items
        ] == [
            (
                str(assistant.id), (first + MINUTE).isoformat().replace("+00:00", "Z"), "present",
                "late", "came at 8:20",
            ),
            (
                str(library.tutor.id), first.isoformat().replace("+00:00", "Z"), "absent",
                "present", "was in the room",
            ),
        ]  # fmt: skip
    assert await told(library) == [
        ("recorded", "absent"), ("corrected", "present"), ("corrected", "late"),
    ]  # fmt: skip
    for statement in ("DELETE FROM attendance_corrections",
                      "UPDATE attendance_corrections SET to_state = 'x'"):  # fmt: skip
        with pytest.raises(DBAPIError, match="permission denied"):
            await library.rows(statement)


async def test_s_a13_twenty_words_at_once_are_one(library: Library) -> None:
    lesson = await add_lesson(library)
    await asyncio.gather(*(mark(library, lesson, "present") for _ in range(20)))
    assert await told(library) == [("recorded", "present")]
    assert await library.rows("SELECT count(*) FROM attendance_corrections") == [(1,)]


async def test_s_a13_what_cannot_be_marked(library: Library) -> None:
    lesson = await add_lesson(library, 60 * MINUTE)
    path = f"/v1/lessons/{lesson.id}/attendance/{library.student.id}"
    refusal = await library.refused(library.tutor, "PUT", path, {"state": "present"})
    assert refusal == (409, "lesson_not_begun")
    await mark(library, lesson, "excused")
    cancelled = await add_lesson(library, state=LessonState.CANCELLED.value)
    path = f"/v1/lessons/{cancelled.id}/attendance/{library.student.id}"
    refusal = await library.refused(library.tutor, "PUT", path, {"state": "present"})
    assert refusal == (409, "lesson_not_scheduled")
    path = f"/v1/lessons/{lesson.id}/attendance/{new_id()}"
    refusal = await library.refused(library.tutor, "PUT", path, {"state": "excused"})
    assert refusal == (404, "attendance_not_found")


async def test_s29_who_sees_whose(library: Library) -> None:
    lesson, second = await add_lesson(library), library.stack.as_user("student")
    await library.rows("UPDATE memberships SET approved_at = approved_at - interval '1 day'")
    await library.world.member(library.made, second)
    await close(library, lesson)
    both = sorted([str(library.student.id), str(second.id)])
    observer, assistant = library.stack.as_user("student"), library.stack.as_user("tutor")
    await library.give(observer, ClassRoleName.OBSERVER)
    await library.give(assistant, ClassRoleName.ASSISTANT)
    wanted = {
        library.tutor: both, assistant: both, library.student: [str(library.student.id)],
        observer: [str(library.student.id)], second: [str(second.id)],
    }  # fmt: skip
    of = f"/v1/study-sessions/{library.made['id']}"
    records = {x["student_id"]: x["id"] for x in await listed(library, library.tutor, lesson)}
    for user, students in wanted.items():
        assert [x["student_id"] for x in await listed(library, user, lesson)] == students
        for path, key in ((f"{of}/attendance", "student_id"), (f"{of}/attendance-totals", "id")):
            page = await library.send(user, "GET", path)
            assert sorted(x[key] for x in page["items"]) == students
        for student, record in records.items():
            path = f"/v1/attendance/{record}/corrections"
            if student in students:
                assert (await library.send(user, "GET", path))["items"] == []
            else:
                gone = (404, "attendance_not_found")
                assert await library.refused(user, "GET", path) == gone
    stranger = library.stack.as_user("tutor")
    for path, code in (
        (f"/v1/lessons/{lesson.id}/attendance", "lesson_not_found"),
        (f"{of}/attendance", "study_session_not_found"),
        (f"{of}/attendance-totals", "study_session_not_found"),
    ):
        assert await library.refused(stranger, "GET", path) == (404, code)
    page = await library.send(library.tutor, "GET", f"{of}/attendance?student_id={second.id}")
    assert [x["student_id"] for x in page["items"]] == [str(second.id)]


async def test_s29_totals(library: Library) -> None:
    for begin, end in ((0, 60), (0, 60), (12, 60), (0, 5)):
        lesson = await add_lesson(library)
        await library.world.handle(stayed(lesson, library.student, begin, end))
        await close(library, lesson)
    ahead = await add_lesson(library, timedelta(days=1))
    await mark(library, ahead, "excused")
    path = f"/v1/study-sessions/{library.made['id']}/attendance-totals"
    assert (await library.send(library.tutor, "GET", path))["items"] == [
        {
            "id": str(library.student.id), "student_name": None, "present": 2, "late": 1,
            "left_early": 0, "excused": 0, "absent": 1, "minutes": 60 + 60 + 48 + 5,
        }
    ]  # fmt: skip


async def show(library: Library, lesson_id: UUID) -> dict[str, Any]:
    """The code as the tutor shows it."""
    path = f"/v1/lessons/{lesson_id}/check-in-code"
    found: dict[str, Any] = await library.send(library.tutor, "GET", path)
    return found


async def test_s_a13_a_student_checks_in_by_the_code_that_is_shown(library: Library) -> None:
    lesson = await add_lesson(library, 10 * MINUTE)
    shown = await show(library, lesson.id)
    assert shown["qr_text"] == f"studyzed:check-in:{lesson.id}:{shown['code'].replace('-', '')}"
    assert shown["qr_svg"].startswith("<svg")
    path, body = f"/v1/lessons/{lesson.id}/check-ins", {"code": shown["code"].lower()}
    found = await library.send(library.student, "POST", path, body | {"scanned": True}, 201)
    assert (found["student_id"], seen(found)) == (
        str(library.student.id), ("present", None, "qr", False),
    )  # fmt: skip
    assert await library.send(library.student, "POST", path, body, 201) == found
    assert await told(library) == [("recorded", "present")]
    await close(library, lesson)
    assert seen(await one(library, lesson)) == ("present", None, "qr", False)
    assert await told(library) == [("recorded", "present")]


async def test_s_a13_codes_go_with_time_and_lesson(library: Library) -> None:
    lesson, other = await add_lesson(library), await add_lesson(library)
    path, wrong = f"/v1/lessons/{lesson.id}/check-ins", (409, "check_in_code_wrong")
    refusal = await library.refused(library.student, "POST", path, {"code": "AAAAAA"})
    assert refusal == wrong  # none was shown yet
    shown, foreign = await show(library, lesson.id), await show(library, other.id)
    body = {"code": foreign["code"]}
    assert await library.refused(library.student, "POST", path, body) == wrong
    body = {"code": shown["code"]}
    library.world.clock.move(timedelta(seconds=60))
    assert await library.refused(library.student, "POST", path, body) == wrong
    assert (await show(library, lesson.id))["code"] != shown["code"]
    assert await library.rows("SELECT 1 FROM attendance") == []
    library.world.clock.at = lesson.starts_at + 11 * MINUTE
    body = {"code": (await show(library, lesson.id))["code"]}
    library.world.clock.move(timedelta(seconds=29))
    found = await library.send(library.student, "POST", path, body, 201)
    assert seen(found) == ("late", None, "code", False)


async def test_s_a13_only_members_only_in_time(library: Library) -> None:
    lesson = await add_lesson(library, 15 * MINUTE)
    shown = await show(library, lesson.id)
    path, body = f"/v1/lessons/{lesson.id}/check-ins", {"code": shown["code"]}
    stranger, observer = library.stack.as_user("student"), library.stack.as_user("student")
    await library.give(observer, ClassRoleName.OBSERVER)
    for user in (stranger, observer):
        assert await library.refused(user, "POST", path, body) == (404, "lesson_not_found")
    code_path = f"/v1/lessons/{lesson.id}/check-in-code"
    for at in (
        lesson.starts_at - 15 * MINUTE - timedelta(seconds=1),
        lesson.ends_at + timedelta(seconds=1),
    ):
        library.world.clock.at = at
        closed = (409, "check_in_closed")
        assert await library.refused(library.tutor, "GET", code_path) == closed
        assert await library.refused(library.student, "POST", path, body) == closed


async def test_s_a13_an_override_outlives_a_check_in(library: Library) -> None:
    lesson = await add_lesson(library)
    await mark(library, lesson, "absent")
    body = {"code": (await show(library, lesson.id))["code"]}
    path = f"/v1/lessons/{lesson.id}/check-ins"
    found = await library.send(library.student, "POST", path, body, 201)
    assert seen(found) == ("absent", None, "tutor", True)
    assert await told(library) == [("recorded", "absent")]


async def test_s_a13_ten_tries_a_minute(library: Library) -> None:
    lesson = await add_lesson(library)
    path = f"/v1/lessons/{lesson.id}/check-ins"
    for _ in range(10):
        refusal = await library.refused(library.student, "POST", path, {"code": "AAAAAA"})
        assert refusal == (409, "check_in_code_wrong")
    body = {"code": (await show(library, lesson.id))["code"]}
    refusal = await library.refused(library.student, "POST", path, body)
    assert refusal == (429, "too_many_requests")


async def test_s_a13_twenty_check_ins_at_once_are_one(library: Library) -> None:
    lesson = await add_lesson(library)
    path = f"/v1/lessons/{lesson.id}/check-ins"
    body = {"code": (await show(library, lesson.id))["code"]}
    await asyncio.gather(
        *(library.send(library.student, "POST", path, body, 201) for _ in range(10))
    )
    assert await told(library) == [("recorded", "present")]


async def test_s29_a_list_costs_the_same_number_of_statements(library: Library) -> None:
    lesson = await add_lesson(library)
    await close(library, lesson)
    of = f"/v1/study-sessions/{library.made['id']}"
    paths = [f"/v1/lessons/{lesson.id}/attendance", f"{of}/attendance", f"{of}/attendance-totals"]
    rows = [
        {
            "id": new_id(), "lesson_id": lesson.id, "study_session_id": UUID(library.made["id"]),
            "student_id": new_id(), "state": "absent", "came_late": False, "left_early": False,
            "override": False, "updated_at": lesson.ends_at, "revision": 1,
        }
        for _ in range(30)
    ]  # fmt: skip
    for full in (False, True):
        for path in paths:
            with statements() as sent:
                page = await library.send(library.tutor, "GET", path)
            assert (path, len(sent), len(page["items"])) == (path, 2, 20 if full else 1)
        if not full:
            async with library.world.parts.database.transaction() as session:
                await session.execute(insert(Attendance), rows)
