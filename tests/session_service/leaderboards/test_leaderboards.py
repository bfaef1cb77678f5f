"""The leaderboard of a class (S31, S-A14, R7)."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from sqlalchemy import text

from session_service.leaderboards.repository import MOST_PLACES, list_places
from session_service.progress.repository import Days
from tests.session_service.progress.school import DAY, Given, Item, School, open_school
from tests.stack import Stack, User
from tests.statements import statements


@pytest.fixture
async def school(stack: Stack) -> AsyncIterator[School]:
    async with open_school(stack, students=6) as made:
        yield made


def totals(*points: str | None, state: str = "released") -> dict[int, Given]:
    """Marks of the students, in their order."""
    return {n: Given(total=one, state=state) for n, one in enumerate(points) if one is not None}


async def board(school: School, user: User | None = None, query: str = "") -> Any:
    """A leaderboard as somebody sees it."""
    return await school.get(f"leaderboard{query}", user)


def places(found: Any) -> list[tuple[int, str]]:
    """Ranks and points."""
    return [(one["rank"], one["points"]) for one in found["places"]]


async def hide(school: School, user: User, *, hidden: bool = True, expect: int = 204) -> None:
    """Opts somebody out, or in again."""
    answer = await school.world.client.put(
        school.path("leaderboard/opt-out"), json={"opted_out": hidden}, headers=user.headers
    )
    assert answer.status_code == expect, answer.text


async def test_s31_equal_points_share_a_rank_and_none_is_left_out(school: School) -> None:
    """9, 9, 8 of six: the next after two firsts is second (dense)."""
    await school.fill([(Item(), totals("9.00", "9.00", "8.00", "7.00", "3.00", "1.00"))])
    assert places(await board(school)) == [(1, "9.00"), (1, "9.00"), (2, "8.00")]
    assert places(await board(school, query="?top=1")) == [(1, "9.00"), (1, "9.00")]


async def test_s31_who_is_not_among_the_first_sees_the_own_place_and_no_other(
    school: School,
) -> None:
    """Nobody is shown the lower half, however many places are asked for."""
    await school.world.known(school.students[5], "Last")
    await school.fill([(Item(), totals("9.00", "8.00", "7.00", "6.00", "5.00", "5.00"))])
    found = await board(school, school.students[5], "?top=50")
    assert places(found) == [(1, "9.00"), (2, "8.00"), (3, "7.00")]
    own = found["own"]
    assert (own["rank"], own["points"], own["student_name"]) == (5, "5.00", "Last")
    assert (await board(school, school.students[0]))["own"]["rank"] == 1
    assert (await board(school))["own"] is None  # a tutor's


async def test_s31_all_equal_are_all_first(school: School) -> None:
    await school.fill([(Item(), totals(*["4.00"] * 6))])
    assert places(await board(school)) == [(1, "4.00")] * 6


async def test_r7_marks_of_another_class_are_not_added(school: School) -> None:
    other = await school.world.study_session()
    for student in school.students[:2]:
        await school.world.member(other, student)
    elsewhere = School(school.world, other, school.students)
    await elsewhere.fill([(Item(), totals("10.00", "10.00"))])
    await school.fill([(Item(), totals("1.00", "2.00", "3.00"))])
    assert places(await board(school)) == [(1, "3.00"), (2, "2.00")]
    assert (await board(school, school.students[0]))["own"]["points"] == "1.00"


async def test_s_a12_drafts_and_excused_work_earn_no_points(school: School) -> None:
    await school.fill(
        [
            (Item(), totals("1.00", "2.00")),
            (Item(), totals("9.00", state="draft")),
            (Item(), {0: Given(total="9.00", state="released", excused=True)}),
        ]
    )
    assert places(await board(school)) == [(1, "2.00")]
    assert (await board(school, school.students[0]))["own"]["points"] == "1.00"


async def test_s31_who_opts_out_is_hidden_from_everybody(school: School) -> None:
    """The others' ranks are as if there were no such student."""
    await school.fill([(Item(), totals("9.00", "8.00", "7.00", "6.00"))])
    first, second = school.students[:2]
    await asyncio.gather(*(hide(school, first) for _ in range(5)))
    for asking in (school.world.tutor, second):
        assert places(await board(school, asking)) == [(1, "8.00"), (2, "7.00")]
    mine = await board(school, first)
    assert (mine["own"], mine["opted_out"]) == (None, True)
    await hide(school, first, hidden=False)
    assert (await board(school, first))["own"]["rank"] == 1
    await hide(school, school.world.tutor, expect=403)


async def test_s31_a_window_is_of_work_due_in_it(school: School) -> None:
    """Week and month are the class's: in Kolkata a Monday begins on Sunday at 18:30 UTC."""
    sunday = school.now.replace(hour=18, minute=30, second=0, microsecond=0)
    sunday -= ((sunday.weekday() + 1) % 7) * DAY
    if sunday > school.now:
        sunday -= 7 * DAY
    tick = DAY / 86_400
    due = [sunday, sunday - tick]
    work = [(Item(due=at - school.now), totals("5.00", "1.00", "0.00", "0.00")) for at in due]
    await school.fill(work)
    week = await board(school, query="?window=week")
    assert places(week) == [(1, "5.00"), (2, "1.00")]
    assert week["since"] == (sunday + DAY).date().isoformat()
    assert places(await board(school)) == [(1, "10.00"), (2, "2.00")]
    assert (await board(school))["since"] is None


async def test_s31_an_observer_sees_the_observed_student_s_place(
    school: School, stack: Stack
) -> None:
    observer = stack.as_user("student")
    await school.world.role(school.made, observer, "observer")
    await school.fill([(Item(), totals("1.00", "9.00", "8.00"))])
    assert (await board(school, observer))["own"]["rank"] == 3
    await hide(school, observer, expect=404)
    assert (await school.get("leaderboard", stack.as_user("student"), 404))["code"] == (
        "study_session_not_found"
    )


async def test_s31_a_leaderboard_is_two_statements(school: School) -> None:
    for count in (0, 20):
        await school.fill([(Item(), totals("9.00", "8.00", "7.00"))] * count)
        with statements() as seen:
            await board(school)
        assert len(seen) == 2


async def test_s31_a_student_who_left_is_not_ranked(school: School) -> None:
    await school.fill([(Item(), totals("9.00", "8.00"))])
    membership = (await school.world.get(school.students[0], "/v1/memberships"))["items"][0]
    path = f"/v1/memberships/{membership['id']}/departure"
    answer = await school.world.client.post(path, headers=school.students[0].headers)
    assert answer.status_code in (200, 204), answer.text
    assert places(await board(school)) == [(1, "8.00")]


async def test_s31_however_many_are_first_a_page_is_bounded(school: School) -> None:
    """300 students with equal points: as many rows leave the database as are shown, and the own."""
    await school.fill([(Item(), totals(*["4.00"] * 6))])
    more = (
        "INSERT INTO {0} SELECT (jsonb_populate_record(t, jsonb_build_object('id', "
        "gen_random_uuid(), 'student_id', md5(n::text)::uuid))).* FROM {0} t, "
        "generate_series(1, 300) n WHERE t.student_id = :student"
    )
    async with school.world.parts.database.transaction() as session:
        for table in ("memberships", "marks"):
            values = {"student": school.students[0].id}
            await session.execute(text(more.format(table)), values)
    found = await board(school, school.students[5], "?top=50")
    assert places(found) == [(1, "4.00")] * MOST_PLACES
    assert found["own"]["rank"] == 1
    days = Days(school.now - 90 * DAY, school.now + 90 * DAY)
    reads = school.world.parts.database.reads
    rows = await list_places(reads, school.students[5].principal, school.id, days, 50)
    assert len(rows) <= MOST_PLACES + 1
