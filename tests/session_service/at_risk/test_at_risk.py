"""Students at risk over HTTP (S36): plain reasons, for who teaches or helps alone."""

from collections.abc import AsyncIterator, Iterable
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pytest
from sqlalchemy import insert, update

from libs.ids import new_id
from session_service.attempts.models import Attempt
from session_service.attendance.models import Attendance
from session_service.submissions.models import Submission
from tests.session_service.attendance.lessons import add_lesson
from tests.session_service.progress.school import DAY, MINUTE, Given, Item, School, open_school
from tests.stack import Stack
from tests.statements import statements

HOUR = 60 * MINUTE
WEEK = 7 * DAY


@pytest.fixture
async def school(stack: Stack) -> AsyncIterator[School]:
    """It is noon in India."""
    async with open_school(stack) as made:
        made.world.clock.at = made.now.replace(hour=6, minute=30, second=0, microsecond=0)
        yield made


def handed(due: timedelta, total: str | None = None, state: str = "released") -> Given:
    """An hour before it was due, with a mark."""
    return Given(handed=(due - HOUR,), total=total, state=state if total else None)


async def weekly(school: School, *works: Given | str | None, cut_off: int | None = 0) -> None:
    """Tasks of the first student, the last due a day ago, each a week after the one before: given,
    or handed in with a mark of that many points of ten, or missed (null).
    """
    await school.fill(
        (
            Item(due=due, cut_off=cut_off),
            {0: one if isinstance(one, Given) else handed(due, one)} if one else {},
        )
        for n, one in enumerate(works)
        for due in [-DAY - (len(works) - 1 - n) * WEEK]
    )


async def attend(school: School, *states: str, **other: Any) -> None:
    """Lessons of the first student, weekly, the last an hour ago."""
    for n, state in enumerate(reversed(states)):
        lesson = await add_lesson(cast(Any, school), -2 * HOUR - n * WEEK, **other)
        row = {
            "id": new_id(), "lesson_id": lesson.id, "study_session_id": school.id,
            "student_id": school.students[0].id, "state": state, "came_late": False,
            "left_early": False, "override": False, "updated_at": school.now, "revision": 1,
        }  # fmt: skip
        async with school.world.parts.database.transaction() as session:
            await session.execute(insert(Attendance), [row])


def day(school: School, ago: timedelta) -> str:
    """The day in India, so long ago."""
    return (school.now - ago).date().isoformat()


async def at_risk(school: School, risk: str = "at_risk") -> dict[str, Any]:
    """The students of whom so much is said, by their ids."""
    items = (await school.get(f"at-risk?risk={risk}&limit=100"))["items"]
    return {one["id"]: one for one in items}


async def reasons(school: School) -> list[dict[str, Any]]:
    """Why the first student is at risk."""
    found = (await at_risk(school)).get(str(school.students[0].id))
    return found["reasons"] if found else []


async def codes(school: School) -> list[str]:
    """The codes of why the first student is at risk."""
    return [one["code"] for one in await reasons(school)]


def rows(school: School, of: str, since: str, until: str) -> str:
    """The address of the rows behind a reason."""
    student = school.students[0].id
    return school.path(f"progress-rows?of={of}&student_id={student}&from={since}&to={until}")


async def test_s36_missed_work_is_told_with_its_numbers_its_period_and_its_rows(
    school: School,
) -> None:
    await weekly(school, "8.00", None, None, None, "8.00")
    since, until = day(school, DAY + 4 * WEEK), day(school, DAY)
    [found] = await reasons(school)
    assert found == {
        "code": "work_missed", "text": "missed 3 of the last 5 pieces of work", "missed": 3,
        "works": 5, "since": since, "until": until, "rows": rows(school, "due", since, until),
    }  # fmt: skip
    behind = (await school.world.get(school.world.tutor, found["rows"]))["items"]
    assert [one["standing"] for one in behind] == [
        "on_time", "missing", "missing", "missing", "on_time",
    ]  # fmt: skip


async def test_s36_what_can_come_in_time_still_and_what_is_excused_is_not_missed(
    school: School,
) -> None:
    await weekly(school, None, None, "8.00")
    await school.fill([(Item(due=-5 * MINUTE), {}), (Item(due=-HOUR), {0: Given(excused=True)})])
    assert await codes(school) == []
    school.world.clock.move(6 * MINUTE)
    assert await codes(school) == ["work_missed"]


async def test_s36_overdue_work_without_cut_off_is_missed_until_it_comes(school: School) -> None:
    await weekly(school, None, None, None, cut_off=None)
    assert await codes(school) == ["work_missed", "nothing_handed_in"]
    await weekly(school, Given(handed=(-HOUR,)))
    assert await codes(school) == ["work_missed"]
    await weekly(school, *[Given(handed=(-HOUR,))] * 2)
    assert await codes(school) == []  # two of the last five


async def test_s36_silence_is_counted_from_the_last_hand_in(school: School) -> None:
    due = -DAY - 2 * WEEK
    await weekly(school, handed(due), None, None)
    assert await reasons(school) == [
        {
            "code": "nothing_handed_in", "days": 15, "due": 2,
            "text": "no hand-in for 15 days, in which 2 pieces of work were due",
            "since": day(school, DAY + 2 * WEEK + HOUR), "until": day(school, timedelta()),
            "rows": rows(
                school, "due", day(school, DAY + 2 * WEEK + HOUR), day(school, timedelta())
            ),
        }
    ]  # fmt: skip


async def test_s36_work_that_was_given_back_and_comes_again_ends_the_silence(
    school: School,
) -> None:
    """Although the first version's time counts for lateness."""
    due = -DAY - 2 * WEEK
    await weekly(school, Given(handed=(due - HOUR, -HOUR), counted=due - HOUR), None, None)
    assert await codes(school) == []
    async with school.world.parts.database.transaction() as session:
        await session.execute(
            update(Submission).values(received_at=school.now + due - HOUR)
        )  # fmt: skip
    assert await codes(school) == ["nothing_handed_in"]


async def test_s36_an_attempt_at_a_test_ends_the_silence(school: School) -> None:
    await weekly(school, handed(-DAY - 2 * WEEK), None, None)
    assert await codes(school) == ["nothing_handed_in"]
    test = {"study_session_id": str(school.id), "title": "A test"}
    made = await school.world.post(school.world.tutor, "/v1/assessments", test)
    row = {
        "id": new_id(), "assessment_id": made["id"], "study_session_id": school.id,
        "student_id": school.students[0].id, "number": 1, "state": "closed", "seed": "s",
        "question_ids": [], "started_at": school.now - HOUR, "deadline": school.now,
        "takes_until": school.now, "closed_at": school.now - MINUTE, "revision": 1,
    }  # fmt: skip
    async with school.world.parts.database.transaction() as session:
        await session.execute(insert(Attempt), [row])
    assert await codes(school) == []


async def test_s36_who_never_handed_anything_in_is_silent_since_the_own_beginning(
    school: School,
) -> None:
    await school.came(school.students[0], 14 * DAY)
    await weekly(school, None, None, None)  # the first was due before
    [found] = await reasons(school)
    assert (found["code"], found["days"], found["due"]) == ("nothing_handed_in", 14, 2)


async def test_s36_marks_that_fell(school: School) -> None:
    await weekly(school, "7.80", "8.00", "7.60", "7.80", "5.50", "6.00", "5.00", "5.50")
    since, until = day(school, DAY + 7 * WEEK), day(school, DAY)
    assert await reasons(school) == [
        {
            "code": "marks_fell", "text": "marks fell from 78 % to 55 % over the last 4 marks",
            "before_percent": "78.00", "after_percent": "55.00", "marks": 4,
            "since": since, "until": until, "rows": rows(school, "scored", since, until),
        }
    ]  # fmt: skip


async def test_s36_marks_that_are_low_and_missing_work_is_no_mark(school: School) -> None:
    await weekly(school, "5.00", "4.00", None, "5.00")
    [found] = await reasons(school)
    assert (found["code"], found["percent"], found["marks"]) == ("marks_low", "46.67", 3)
    assert found["text"] == "average of 46.67 % in the last 3 marks"


async def test_s36_columns_may_be_due_in_any_year(school: School) -> None:
    years = [datetime(year, 1, 1, 1, tzinfo=UTC) for year in (1, 2026)]
    years.append(datetime(9999, 12, 31, 23, tzinfo=UTC))
    low = Given(total="1.00", state="released")
    await school.fill((Item("manual", due=at - school.now), {0: low}) for at in years)
    [found] = await reasons(school)
    assert (found["since"], found["until"]) == ("2000-01-02", "2199-12-30")
    assert (await school.get(f"streaks/{school.students[0].id}"))["longest"]["days"] is None
    await school.world.get(school.world.tutor, found["rows"])


async def test_s36_s_a12_marks_that_are_not_released_change_nothing(school: School) -> None:
    fallen = [handed(-DAY - n * WEEK, "1.00", "draft") for n in reversed(range(4))]
    await weekly(school, *["8.00"] * 4, *fallen)
    before = (await at_risk(school, "no_signs"))[str(school.students[0].id)]
    assert {one["code"]: one["have"] for one in before["not_enough_data"]} == {
        "marks_fell": 4, "lessons_missed": 0,
    }  # fmt: skip


async def test_s36_absence_is_told_and_excused_and_cancelled_lessons_are_none(
    school: School,
) -> None:
    await attend(school, "absent", "absent", "excused", "late")
    assert await codes(school) == []
    await attend(school, "absent", "absent", state="cancelled")
    assert await codes(school) == []
    await attend(school, "absent")
    [found] = await reasons(school)
    assert found == {
        "code": "lessons_missed", "text": "absent from 3 of the last 4 lessons", "absent": 3,
        "lessons": 4, "since": day(school, 3 * WEEK), "until": day(school, timedelta()),
        "rows": None,
    }  # fmt: skip


async def test_s36_of_new_students_it_is_said_that_too_little_is_known(school: School) -> None:
    first, second = (str(one.id) for one in school.students)
    await weekly(school, "8.00", "8.00", "8.00")
    await school.came(school.students[1], DAY / 2)
    page = await school.get("at-risk")
    assert (page["items"], page["counts"]) == (
        [], {"at_risk": 0, "not_enough_data": 1, "no_signs": 1},
    )  # fmt: skip
    found = (await at_risk(school, "not_enough_data"))[second]
    assert (found["risk"], found["reasons"]) == ("not_enough_data", [])
    assert found["not_enough_data"] == [
        {"code": "work_missed", "have": 0, "need": 3},
        {"code": "nothing_handed_in", "have": 0, "need": 2},
        {"code": "marks_fell", "have": 0, "need": 8},
        {"code": "marks_low", "have": 0, "need": 3},
        {"code": "lessons_missed", "have": 0, "need": 3},
    ]
    assert list(await at_risk(school, "no_signs")) == [first]


async def test_s36_the_list_is_of_who_teaches_or_helps_alone(school: School, stack: Stack) -> None:
    world = school.world
    helper, observer = stack.as_user("tutor"), stack.as_user("student")
    await world.role(school.made, helper, "assistant")
    await world.role(school.made, observer, "observer")
    await world.known(school.students[0], "Asha")
    await weekly(school, None, None, None)
    for asking in (world.tutor, helper):
        items = (await school.get("at-risk", asking))["items"]
        assert [one["student_name"] for one in items if one["student_name"]] == ["Asha"]
        assert len(items) == 2
    for asking in (*school.students, observer):
        for path in ("at-risk", "at-risk?risk=no_signs"):
            assert (await school.get(path, asking, 403))["code"] == "wrong_role"
    refused = await school.get("at-risk", stack.as_user("tutor"), 404)
    assert refused["code"] == "study_session_not_found"


async def test_r7_work_of_another_class_puts_nobody_at_risk(school: School) -> None:
    other = await school.world.study_session()
    await school.world.member(other, school.students[0])
    elsewhere = School(school.world, other, school.students)
    await elsewhere.came(school.students[0], 100 * DAY)
    await weekly(elsewhere, None, None, None)
    await attend(elsewhere, "absent", "absent", "absent")
    assert await codes(elsewhere) == ["work_missed", "nothing_handed_in", "lessons_missed"]
    assert await at_risk(school) == {}


def work_of(students: Iterable[int], due: timedelta) -> tuple[Item, dict[int, Given]]:
    """A task that these have handed in."""
    return Item(due=due), {n: handed(due, "9.00") for n in students}


async def test_s36_most_reasons_first_in_pages_by_two_statements_for_any_class(
    stack: Stack,
) -> None:
    async with open_school(stack, students=7) as school:
        path = school.path("at-risk?limit=2")
        for count in (0, 40):
            work = [work_of((1, 2), -n * DAY) for n in range(2, count)]
            await school.fill(work)
            with statements() as sent:
                page = await school.world.get(school.world.tutor, path)
            assert len(sent) == 2
        await attend(school, *["absent"] * 3)
        found: list[tuple[int, str]] = []
        following = ""
        while True:
            page = await school.world.get(school.world.tutor, path + following)
            assert page["counts"] == {"at_risk": 5, "not_enough_data": 0, "no_signs": 2}
            found += [(len(one["reasons"]), one["id"]) for one in page["items"]]
            if page["next_cursor"] is None:
                break
            following = f"&cursor={page['next_cursor']}"
        wanted = [(2, str(school.students[n].id)) for n in range(3, 7)]
        wanted.append((3, str(school.students[0].id)))
        assert found == sorted(wanted, reverse=True)
        for cursor in ("x", "9.x", "2.x", f"2{school.id}"):
            assert (await school.get(f"at-risk?cursor={cursor}", expect=400))["code"] == (
                "bad_cursor"
            )
