"""The SQL of streaks equals a small model in plain Python, over random classes (S32)."""

from collections import defaultdict
from collections.abc import AsyncIterator
from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import given, settings

from session_service.progress.schemas import Standing
from tests.session_service.progress.school import (
    DAY,
    MINUTE,
    Given,
    Item,
    School,
    fact,
    open_school,
)
from tests.session_service.progress.test_model import STUDENTS, WORK, new_class
from tests.stack import Stack

ENDS = (Standing.LATE, Standing.MISSING, Standing.OVERDUE)


@pytest.fixture
async def school(stack: Stack) -> AsyncIterator[School]:
    async with open_school(stack, students=STUDENTS) as made:
        yield made


def letter(item: Item, given: Given, today_ends: timedelta) -> tuple[timedelta, str]:
    """When work is due for the student, and how it stands: kept, broken, waiting or nothing."""
    assert item.due is not None
    due = max(item.due, given.extended) if given.extended is not None else item.due
    standing = fact(item, given).standing
    graced = item.kind == "assessment" or due + item.grace * MINUTE >= timedelta()
    if standing is Standing.ON_TIME:
        return due, "k"
    if standing is Standing.OVERDUE and graced:
        return due, "w"
    if standing in ENDS:
        return due, "b"
    return due, "w" if standing is Standing.UPCOMING and due < today_ends else ""


def model(work: list[tuple[Item, Given]], now: datetime) -> tuple[int | None, int | None]:
    """The current and the longest streak of a student in a class of UTC."""
    today_ends = datetime.combine(now.date() + DAY, time.min, UTC) - now
    by_day = defaultdict(set)
    for item, has in work:
        due, how = letter(item, has, today_ends)
        by_day[(now + due).date()].add(how)
    text = ""
    for _, found in sorted(by_day.items()):
        text += "b" if "b" in found else "" if "w" in found else "k" if "k" in found else ""
    runs = [len(one) for one in text.split("b")]
    return (runs[-1], max(runs)) if text else (None, None)


@given(work=WORK)
@settings(max_examples=20, deadline=None)
async def test_s32_streaks_equal_a_plain_model(
    school: School, work: list[tuple[Item, dict[int, Given]]]
) -> None:
    of = await new_class(school)
    await of.fill(work)
    found = {
        one["id"]: (one["current"]["days"], one["longest"]["days"])
        for one in (await of.get("streaks"))["items"]
    }
    assert found == {
        str(user.id): model([(item, given.get(n, Given())) for item, given in work], of.now)
        for n, user in enumerate(of.students)
    }
