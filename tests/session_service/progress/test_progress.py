"""Dashboards with the right denominators (S30, S-A14, R6), and no marks before their release."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest

from libs.ids import new_id
from session_service.progress.schemas import RowsOf
from tests.session_service.progress.school import (
    DAY,
    MINUTE,
    Given,
    Item,
    School,
    counted,
    fact,
    open_school,
    shown,
)
from tests.stack import Stack
from tests.statements import statements

TICK = timedelta(microseconds=1)
RELEASED: dict[str, Any] = {"state": "released"}


@pytest.fixture
async def school(stack: Stack) -> AsyncIterator[School]:
    async with open_school(stack) as made:
        yield made


async def test_s_a14_each_rate_has_its_own_denominator(school: School) -> None:
    """Six due: on time, late, excused, two missing, one that can come still; one comes later."""
    await school.fill(
        [
            (Item(), {0: Given(handed=(-2 * DAY,), total="9.00", **RELEASED)}),
            (Item(cut_off=None), {0: Given(handed=(-DAY / 2,), total="4.00", **RELEASED)}),
            (Item(), {0: Given(excused=True)}),
            (Item(), {}),
            (Item(), {}),
            (Item(cut_off=None), {}),
            (Item(due=DAY), {}),
        ]
    )
    found = await school.progress(school.students[0])
    assert shown(found) == {
        "completion": ["50.00", 3, 6],
        "on_time": ["50.00", 1, 2],
        "average": ["32.50", 4],  # (90 + 40 + 0 + 0) ÷ 4
        "counts": {
            "due": 6, "on_time": 1, "late": 1, "excused": 1, "overdue": 1, "missing": 2,
            "upcoming": 1,
        },
    }  # fmt: skip


async def test_r6_more_done_is_more_and_the_average_is_one_mean_of_all_works(
    school: School,
) -> None:
    """One of four is 25 %, not 400 %; two tasks and an assessment have one mean, not a sum."""
    await school.fill(
        [
            (Item(), {0: Given(handed=(-2 * DAY,), total="10.00", **RELEASED)}),
            *[(Item(cut_off=None), {})] * 3,
        ]
    )
    found = await school.progress(school.students[0])
    assert (found["completion"]["percent"], found["average"]["percent"]) == ("25.00", "100.00")
    await school.fill(
        [
            (Item(), {0: Given(handed=(-2 * DAY,), total="4.00", **RELEASED)}),
            (Item("assessment"), {0: Given(attempted=True, total="4.00", **RELEASED)}),
        ]
    )
    found = await school.progress(school.students[0])
    assert found["average"] | {"rows": ""} == {"percent": "60.00", "count": 3, "rows": ""}


async def test_s_a14_nothing_due_is_no_data(school: School) -> None:
    works: list[list[tuple[Item, dict[int, Given]]]] = [
        [],
        [(Item(due=DAY), {})],
        [(Item("manual", None), {})],
    ]
    for work in works:
        await school.fill(work)
        for found in (
            await school.progress(school.students[0]),
            await school.get("progress-summary"),
            *(await school.get("progress"))["items"],
            *(await school.world.get(school.world.tutor, "/v1/progress"))["items"],
        ):
            rates = [found[name]["percent"] for name in ("completion", "on_time", "average")]
            assert rates == [None, None, None]


async def test_s_a12_a_draft_changes_no_number_for_anybody(school: School) -> None:
    """Neither of work that was handed in, nor of a paper that the tutor marks by hand."""
    before = await school.progress(school.students[0])
    await school.fill(
        [
            (Item(), {0: Given(handed=(-2 * DAY,), total="9.00", state="draft")}),
            (Item("manual"), {0: Given(total="9.00", state="draft")}),
            (Item("assessment"), {0: Given(attempted=True, total="9.00", state="draft")}),
            (Item("assessment"), {0: Given(attempted=True, state="needs_marking")}),
            (Item(), {0: Given(total="8.00", state="draft")}),
        ]
    )
    assert before["average"]["count"] == 0
    for asking in (school.world.tutor, school.students[0]):
        found = await school.progress(school.students[0], asking)
        assert shown(found)["average"] == ["0.00", 1]  # the one that is missing
        rows = await school.get(f"progress-rows?of=due&student_id={school.students[0].id}", asking)
        assert {row["percent"] for row in rows["items"]} == {None}
        assert [row["standing"] for row in rows["items"]] == ["missing", *["on_time"] * 3]


@pytest.mark.parametrize(
    ("item", "given", "standing"),
    [
        (Item(due=timedelta()), Given(), "overdue"),  # due now is due already
        (Item(due=TICK), Given(), "upcoming"),
        (Item(due=-10 * MINUTE), Given(), "overdue"),  # the last moment of the grace
        (Item(due=-10 * MINUTE - TICK), Given(), "missing"),
        (Item(due=-15 * MINUTE, cut_off=5), Given(), "overdue"),
        (Item(due=-15 * MINUTE - TICK, cut_off=5), Given(), "missing"),
        (Item(), Given(handed=(-DAY + 10 * MINUTE,)), "on_time"),
        (Item(), Given(handed=(-DAY + 10 * MINUTE + TICK,)), "late"),
        (Item(), Given(handed=(-2 * DAY, -DAY / 2)), "late"),  # the newest version is marked
        (Item(), Given(handed=(-DAY / 2,), counted=-2 * DAY), "on_time"),  # given back
        (Item(), Given(handed=(-DAY / 2,), extended=-DAY / 4), "on_time"),
        (Item(), Given(extended=DAY), "upcoming"),
        (Item(), Given(handed=(-2 * DAY,), excused=True), "excused"),
        (Item("assessment"), Given(attempted=True), "on_time"),
        (Item("assessment"), Given(), "missing"),
        (Item("assessment", due=-2 * MINUTE), Given(), "overdue"),  # it may be marked yet
        (Item("assessment"), Given(excused=True), "excused"),
        (Item(due=-200 * DAY), Given(), "none"),  # before the student came
        (Item(due=-200 * DAY), Given(handed=(-201 * DAY,)), "on_time"),
        (Item("manual"), Given(), "none"),
    ],
)
async def test_s_a14_the_standing_of_one_work(
    school: School, item: Item, given: Given, standing: str
) -> None:
    assert fact(item, given).standing == standing  # the model agrees
    await school.fill([(item, {0: given})])
    found = await school.progress(school.students[0])
    wanted = {name: int(name == standing) for name in found["counts"]} | {
        "due": int(standing not in ("none", "upcoming"))
    }
    assert found["counts"] == wanted


async def test_s_a14_a_period_is_of_days_in_the_class_s_zone(school: School) -> None:
    """In Kolkata a day begins at 18:30 UTC."""
    midnight = school.now.replace(hour=18, minute=30, second=0, microsecond=0) - 3 * DAY
    day = (midnight + DAY).date().isoformat()  # the day in India that begins then
    edges = [midnight - TICK, midnight, midnight + DAY - TICK, midnight + DAY]
    await school.fill([(Item(due=at - school.now), {}) for at in edges])
    found = await school.progress(school.students[0], query=f"?from={day}&to={day}")
    assert found["counts"]["due"] == 2
    assert found["completion"]["whole_rows"] == school.path(
        f"progress-rows?of=due&student_id={school.students[0].id}&from={day}&to={day}"
    )
    backwards = await school.get(f"progress?from={day}&to=2000-01-01", expect=422)
    assert backwards["fields"][0]["code"] == "period_backwards"


async def rows_behind(school: School, address: str) -> list[dict[str, Any]]:
    """All rows at an address, from pages of two."""
    found: list[dict[str, Any]] = []
    following = ""
    while True:
        page = await school.world.get(school.world.tutor, f"{address}&limit=2{following}")
        found += page["items"]
        if page["next_cursor"] is None:
            return found
        following = f"&cursor={page['next_cursor']}"


async def test_s_a14_each_number_links_to_the_rows_behind_it(school: School) -> None:
    work = [
        (Item(), {0: Given(handed=(-2 * DAY,), total="9.00", **RELEASED)}),
        (Item(cut_off=None), {0: Given(handed=(-DAY / 2,)), 1: Given(excused=True)}),
        (Item(), {1: Given(handed=(-2 * DAY,))}),
    ]
    ids = await school.fill(work)
    for found in (await school.get("progress-summary"), await school.progress(school.students[0])):
        for name in ("completion", "on_time"):
            number = found[name]
            assert len(await rows_behind(school, number["part_rows"])) == number["part"]
            assert len(await rows_behind(school, number["whole_rows"])) == number["whole"]
        scored = await rows_behind(school, found["average"]["rows"])
        assert len(scored) == found["average"]["count"]
    whole = await rows_behind(school, school.path("progress-rows?of=due"))
    pairs = [(row["item_id"], row["student_id"]) for row in whole]
    everybody = [str(one.id) for one in school.students]
    assert sorted(pairs) == sorted((str(i), one) for i in ids for one in everybody)
    assert pairs == sorted(pairs, reverse=True)
    assert await school.get("progress-rows?of=due&cursor=x.y", expect=400)


async def test_s30_everybody_sees_whom_they_may_see(school: School, stack: Stack) -> None:
    world, (first, second) = school.world, school.students
    helper, observer = stack.as_user("tutor"), stack.as_user("student")
    await world.role(school.made, helper, "assistant")
    await world.role(school.made, observer, "observer")
    await world.known(first, "Asha")
    await school.fill([(Item(), {0: Given(handed=(-2 * DAY,)), 1: Given()})])
    for asking, whom, name in (
        (world.tutor, {first, second}, "Asha"),
        (helper, {first, second}, "Asha"),
        (first, {first}, None),
        (observer, {first}, None),
        (second, {second}, None),
    ):
        page = await school.get("progress", asking)
        assert {one["id"] for one in page["items"]} == {str(user.id) for user in whom}
        names = {one["student_name"] for one in page["items"] if one["id"] == str(first.id)}
        assert names <= {name}
        summary = await school.get("progress-summary", asking)
        assert summary["completion"]["whole"] == len(whom)
        rows = await school.get("progress-rows?of=due", asking)
        assert len(rows["items"]) == len(whom)
        [trend] = (await school.get("progress-trend?count=1&step=month", asking))["parts"]
        assert trend["counts"]["due"] <= len(whom)
        [own] = (await world.get(asking, "/v1/progress"))["items"]
        assert (own["id"], own["completion"]["whole"]) == (str(school.id), len(whom))
    for path in (f"progress/{second.id}", f"progress/{new_id()}"):
        assert (await school.get(path, first, 404))["code"] == "progress_not_found"
    stranger = stack.as_user("tutor")
    assert (await school.get("progress", stranger, 404))["code"] == "study_session_not_found"
    assert (await world.get(stranger, "/v1/progress"))["items"] == []


async def test_s30_a_trend_has_a_part_for_each_week_and_month(school: School) -> None:
    work = [
        (Item(due=-n * 7 * DAY), {0: Given(handed=(-n * 7 * DAY,) if n % 2 else ())})
        for n in range(1, 4)
    ]
    await school.fill(work)
    trend = await school.get(f"progress-trend?count=5&student_id={school.students[0].id}")
    parts = trend["parts"]
    assert [part["counts"]["due"] for part in parts] == [0, 1, 1, 1, 0]
    assert [part["completion"]["percent"] for part in parts] == [
        None, "100.00", "0.00", "100.00", None,
    ]  # fmt: skip
    for part in parts[1:4]:
        assert len(await rows_behind(school, part["completion"]["whole_rows"])) == 1
    months = await school.get("progress-trend?step=month&count=3&to=2027-01-31")
    assert [(one["since"], one["until"]) for one in months["parts"]] == [
        ("2026-11-01", "2026-11-30"), ("2026-12-01", "2026-12-31"), ("2027-01-01", "2027-01-31"),
    ]  # fmt: skip


async def test_s30_a_dashboard_is_a_fixed_number_of_statements(school: School) -> None:
    paths = {
        school.path("progress"): 2,
        school.path(f"progress/{school.students[0].id}"): 2,
        school.path("progress-summary"): 2,
        school.path("progress-trend"): 2,
        **{school.path(f"progress-rows?of={one.value}"): 2 for one in RowsOf},
        "/v1/progress": 1,
    }
    for count in (0, 30):
        work = [(Item(due=-n * DAY), {0: Given(handed=(-n * DAY,))}) for n in range(1, count + 1)]
        await school.fill(work)
        for path, number in paths.items():
            with statements() as seen:
                await school.world.get(school.world.tutor, path)
            assert (path, len(seen)) == (path, number)


async def test_s30_students_come_in_pages(stack: Stack) -> None:
    async with open_school(stack, students=5) as school:
        await school.fill([(Item(), {n: Given(handed=(-2 * DAY,)) for n in range(0, 5, 2)})])
        first = await school.get("progress?limit=3")
        rest = await school.get(f"progress?limit=3&cursor={first['next_cursor']}")
        assert rest["next_cursor"] is None
        found = {one["id"]: one["completion"]["percent"] for one in first["items"] + rest["items"]}
        wanted = {
            str(user.id): "0.00" if n % 2 else "100.00" for n, user in enumerate(school.students)
        }
        assert found == wanted


async def test_r7_work_of_another_class_counts_nowhere(school: School) -> None:
    other = await school.world.study_session()
    await school.world.member(other, school.students[0])
    elsewhere = School(school.world, other, school.students)
    await elsewhere.fill([(Item(), {0: Given(handed=(-2 * DAY,), total="9.00", **RELEASED)})])
    found = await school.progress(school.students[0])
    assert shown(found) == counted([])
