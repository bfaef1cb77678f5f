"""The SQL of progress equals a small model in plain Python, over random classes (S-A14)."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import insert

from libs.ids import new_id
from session_service.memberships.models import Membership
from session_service.progress.schemas import RowsOf
from session_service.study_sessions.models import StudySession
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

STUDENTS = 3
TICK = timedelta(microseconds=1)
TIMES = st.sampled_from(
    [-200 * DAY, -3 * DAY, -DAY, -30 * MINUTE, -10 * MINUTE, -10 * MINUTE - TICK, timedelta(), TICK]
)
FUTURE = st.sampled_from([TICK, DAY])
ITEMS = st.builds(
    Item,
    kind=st.sampled_from(["task", "task", "assessment", "manual"]),
    due=st.one_of(TIMES, FUTURE),
    points=st.sampled_from([0, 3, 7, 10]),
    grace=st.sampled_from([0, 10, 60]),
    cut_off=st.sampled_from([None, 0, 20, 5_000]),
)
TOTALS = st.integers(0, 1_000).map(lambda n: f"{n / 100:.2f}")
GIVEN = st.builds(
    Given,
    handed=st.lists(TIMES, max_size=2).map(tuple),
    counted=st.one_of(st.none(), TIMES),
    extended=st.one_of(st.none(), st.none(), TIMES, FUTURE),
    total=TOTALS,
    state=st.sampled_from([None, "draft", "needs_marking", "released"]),
    excused=st.sampled_from([False, False, True]),
    attempted=st.booleans(),
)
WORK = st.lists(st.tuples(ITEMS, st.dictionaries(st.integers(0, STUDENTS - 1), GIVEN)), max_size=8)


@pytest.fixture
async def school(stack: Stack) -> AsyncIterator[School]:
    async with open_school(stack, students=STUDENTS) as made:
        yield made


async def new_class(school: School) -> School:
    """Another class with the same students."""
    made = School(school.world, {"id": str(new_id())}, school.students)
    came = school.now - 100 * DAY
    of = {
        "id": made.id, "session_code": str(made.id), "name": "More", "description": "",
        "zone": "UTC", "tutor_id": school.world.tutor.id, "state": "active", "created_at": came,
        "revision": 1,
    }  # fmt: skip
    members = [
        {
            "id": new_id(), "study_session_id": made.id, "student_id": one.id, "student_code": "S",
            "state": "approved", "requested_at": came, "approved_at": came, "revision": 2,
        }
        for one in school.students
    ]  # fmt: skip
    async with school.world.parts.database.transaction() as session:
        await session.execute(insert(StudySession), [of])
        await session.execute(insert(Membership), members)
    return made


@given(work=WORK)
@settings(max_examples=20, deadline=None)
async def test_s_a14_dashboards_equal_a_plain_model(
    school: School, work: list[tuple[Item, dict[int, Given]]]
) -> None:
    of = await new_class(school)
    await of.fill(work)
    facts = {
        n: [fact(item, given.get(n, Given())) for item, given in work] for n in range(STUDENTS)
    }
    page = await of.get("progress")
    for row in page["items"]:
        [n] = [n for n, one in enumerate(of.students) if str(one.id) == row["id"]]
        assert shown(row) == counted(facts[n])
    all_facts = [one for of_one in facts.values() for one in of_one]
    assert shown(await of.get("progress-summary")) == counted(all_facts)
    for which in RowsOf:
        rows = (await of.get(f"progress-rows?of={which.value}&limit=100"))["items"]
        assert len(rows) == sum(one.is_of(which) for one in all_facts)
