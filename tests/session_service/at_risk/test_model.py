"""What the SQL of the list reads of each student equals a small model in plain Python, over random
classes (S36).
"""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings

from session_service.at_risk.rules import DueWork, Scored, Signals, judge
from session_service.at_risk.schemas import Risk
from session_service.progress.schemas import Standing
from tests.session_service.progress.school import (
    DAY,
    MINUTE,
    Given,
    Item,
    School,
    fact,
    half_up,
    open_school,
)
from tests.session_service.progress.test_model import STUDENTS, WORK, new_class
from tests.stack import Stack

CAME = -100 * DAY


@pytest.fixture
async def school(stack: Stack) -> AsyncIterator[School]:
    async with open_school(stack, students=STUDENTS) as made:
        yield made


def due_of(item: Item, given: Given) -> timedelta:
    """The student's own due time."""
    assert item.due is not None
    return max(item.due, given.extended) if given.extended is not None else item.due


def missed(item: Item, given: Given) -> bool | None:
    """Whether work was missed; null where that is not decided, or not asked."""
    standing, due = fact(item, given).standing, due_of(item, given)
    if standing is Standing.OVERDUE:
        graced = item.kind == "assessment" or due + item.grace * MINUTE >= timedelta()
        return None if graced else True
    decided = {Standing.MISSING: True, Standing.ON_TIME: False, Standing.LATE: False}
    return decided.get(standing)


def percent(item: Item, given: Given) -> Decimal | None:
    """That of a released mark."""
    if given.state != "released" or given.total is None or given.excused or not item.points:
        return None
    return half_up(Decimal(given.total) * 100 / item.points)


def signals(work: list[tuple[Item, Given]], now: datetime) -> Signals:
    """All that is known of a student of a class of UTC, newest first."""
    order = sorted(range(len(work)), key=lambda n: (due_of(*work[n]), n), reverse=True)
    newest = [(due_of(*work[n]), *work[n]) for n in order]
    handed = [at for item, given in work if item.kind == "task" for at in given.handed]
    since = max(handed) if handed else CAME
    decided = [(due, missed(item, given)) for due, item, given in newest]
    scored = [(due, percent(item, given)) for due, item, given in newest]
    return Signals(
        today=now.date(),
        works=[DueWork((now + due).date(), one) for due, one in decided if one is not None],
        marks=[Scored((now + due).date(), one) for due, one in scored if one is not None],
        quiet_since=(now + since).date(),
        unanswered=sum(bool(one) and due >= since for due, one in decided),
    )


@given(work=WORK)
@settings(max_examples=20, deadline=None)
async def test_s36_the_list_equals_a_plain_model(
    school: School, work: list[tuple[Item, dict[int, Given]]]
) -> None:
    of = await new_class(school)
    await of.fill(work)
    found = {}
    for risk in Risk:
        for one in (await of.get(f"at-risk?risk={risk.value}"))["items"]:
            texts = [reason["text"] for reason in one["reasons"]]
            too_little = [(less["code"], less["have"]) for less in one["not_enough_data"]]
            found[one["id"]] = (texts, too_little)
    for n, user in enumerate(of.students):
        reasons, not_asked = judge(
            signals([(item, given.get(n, Given())) for item, given in work], of.now)
        )
        wanted = [one.text for one in reasons], [(one.code.value, one.have) for one in not_asked]
        assert found[str(user.id)] == wanted
