"""Streaks over HTTP (S32): one's own, and those of the class for who teaches or helps."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest

from libs.ids import new_id
from tests.session_service.progress.school import DAY, MINUTE, Given, Item, School, open_school
from tests.stack import Stack, User
from tests.statements import statements

HOUR = 60 * MINUTE
NONE = {"days": None, "since": None, "until": None, "rows": None}
BROKEN = NONE | {"days": 0}


@pytest.fixture
async def school(stack: Stack) -> AsyncIterator[School]:
    """It is noon in India."""
    async with open_school(stack) as made:
        made.world.clock.at = made.now.replace(hour=6, minute=30, second=0, microsecond=0)
        yield made


def due(ago: int, how: str = "on_time", **more: Any) -> tuple[Item, dict[int, Given]]:
    """Work of the first student that was due at noon so many days ago."""
    item = Item(due=-ago * DAY, **more)
    given = {
        "on_time": Given(handed=(-ago * DAY - HOUR,)),
        "late": Given(handed=(-ago * DAY + HOUR,)),
        "excused": Given(excused=True),
        "nothing": Given(),
    }
    return item, {0: given[how]}


def day(school: School, ago: int) -> str:
    """The day in India, so many days ago."""
    return (school.now - ago * DAY).date().isoformat()


async def streaks(school: School, user: User | None = None, asking: User | None = None) -> Any:
    """Streaks of somebody, the first student unless told otherwise."""
    return await school.get(f"streaks/{(user or school.students[0]).id}", asking)


async def test_s32_days_without_due_work_and_excused_work_neither_break_nor_add(
    school: School,
) -> None:
    await school.fill([due(9), due(6), due(5, "excused"), due(2), due(2), due(-3)])
    found = await streaks(school)
    assert found["current"] == {
        "days": 3, "since": day(school, 9), "until": day(school, 2),
        "rows": school.path(
            f"progress-rows?of=due&student_id={school.students[0].id}"
            f"&from={day(school, 9)}&to={day(school, 2)}"
        ),
    }  # fmt: skip
    assert found["longest"] == found["current"]
    assert (found["broken_on"], found["waits"]) == (None, False)
    behind = await school.world.get(school.world.tutor, found["current"]["rows"])
    assert [row["standing"] for row in behind["items"]] == [
        "on_time", "on_time", "excused", "on_time", "on_time",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("how", "more"),
    [("late", {}), ("nothing", {}), ("nothing", {"cut_off": None})],  # late, missing, overdue
)
async def test_s32_one_late_or_missing_work_breaks_its_day(
    school: School, how: str, more: dict[str, Any]
) -> None:
    await school.fill([due(9), due(8), due(7), due(3), due(3, how, **more)])
    found = await streaks(school)
    assert (found["current"], found["longest"]["days"]) == (BROKEN, 3)
    assert found["broken_on"] == day(school, 3)
    await school.fill([due(1)])
    found = await streaks(school)
    assert (found["current"]["days"], found["longest"]["days"]) == (1, 3)


async def test_s32_a_day_counts_once_all_its_work_is_decided(school: School) -> None:
    """Of today's work one came in time; one is due this evening, another is in its grace."""
    await school.fill([due(1), (Item(due=-HOUR), {0: Given(handed=(-2 * HOUR,))})])
    assert (await streaks(school))["current"]["days"] == 2
    await school.fill([(Item(due=5 * HOUR), {}), (Item(due=-5 * MINUTE), {0: Given()})])
    found = await streaks(school)
    assert (found["current"]["days"], found["waits"]) == (1, True)
    school.world.clock.move(6 * MINUTE)  # the grace of ten minutes is over
    found = await streaks(school)
    assert (found["current"], found["waits"]) == (BROKEN, False)


async def test_s32_an_attempt_that_is_being_marked_breaks_nothing(school: School) -> None:
    await school.fill([due(1), (Item("assessment", due=-MINUTE), {})])
    found = await streaks(school)
    assert (found["current"]["days"], found["waits"]) == (1, True)
    school.world.clock.move(2 * MINUTE)
    assert (await streaks(school))["current"] == BROKEN


async def test_s32_the_own_due_time_decides(school: School) -> None:
    extended = Given(handed=(-1 * DAY - HOUR,), extended=-1 * DAY)
    await school.fill([(Item(due=-4 * DAY), {0: extended})])
    assert (await streaks(school))["current"]["since"] == day(school, 1)


async def test_s32_without_work_that_was_due_there_is_no_data(school: School) -> None:
    """Neither before the first work, nor of work from before the student came."""
    assert (await streaks(school))["current"] == NONE
    await school.fill([due(200, "nothing"), due(-2), due(3, "excused"), (Item("manual"), {})])
    found = await streaks(school)
    assert (found["current"], found["longest"], found["broken_on"]) == (NONE, NONE, None)


async def test_s32_nobody_is_shown_another_student_s_streak(school: School, stack: Stack) -> None:
    world, (first, second) = school.world, school.students
    helper, observer = stack.as_user("tutor"), stack.as_user("student")
    await world.role(school.made, helper, "assistant")
    await world.role(school.made, observer, "observer")
    await world.known(first, "Asha")
    await school.fill([due(1)])
    for asking, whom, name in (
        (world.tutor, {first, second}, "Asha"),
        (helper, {first, second}, "Asha"),
        (first, {first}, None),
        (observer, {first}, None),
        (second, {second}, None),
    ):
        items = (await school.get("streaks", asking))["items"]
        assert {one["id"]: one["current"]["days"] for one in items} == {
            str(user.id): 1 if user is first else 0 for user in whom
        }
        assert {one["student_name"] for one in items if one["id"] == str(first.id)} <= {name}
    for path, asking in ((first.id, second), (second.id, observer), (new_id(), first)):
        refused = await school.get(f"streaks/{path}", asking, 404)
        assert refused["code"] == "progress_not_found"
    stranger = stack.as_user("tutor")
    assert (await school.get("streaks", stranger, 404))["code"] == "study_session_not_found"


async def test_s32_a_page_of_students_is_two_statements_whatever_was_due(stack: Stack) -> None:
    async with open_school(stack, students=5) as school:
        for count in (0, 30):
            await school.fill(due(n) for n in range(1, count + 1))
            for path in ("streaks", f"streaks/{school.students[0].id}"):
                with statements() as sent:
                    await school.get(path)
                assert (path, len(sent)) == (path, 2)
        first = await school.get("streaks?limit=3")
        rest = await school.get(f"streaks?limit=3&cursor={first['next_cursor']}")
        assert (len(first["items"]), len(rest["items"]), rest["next_cursor"]) == (3, 2, None)
        found = {one["id"]: one["longest"]["days"] for one in first["items"] + rest["items"]}
        assert found == {str(one.id): 0 if n else 30 for n, one in enumerate(school.students)}


async def test_s32_several_instants_of_a_day_are_one_day(school: School) -> None:
    tick = timedelta(microseconds=1)
    work = [(Item(due=-DAY + n * tick), {0: Given(handed=(-2 * DAY,))}) for n in range(3)]
    await school.fill(work)
    assert (await streaks(school))["current"]["days"] == 1
