"""Dashboards of tutors and students (S30, S-A14). Each is two statements: who may see the class,
and one that counts; the numbers of all classes take one.
"""

from collections.abc import Sequence
from datetime import date
from itertools import pairwise
from uuid import UUID

from libs import zones
from libs.auth import Principal
from libs.errors import FieldProblem, Invalid
from libs.hot_reads import Row, RowPage
from libs.pagination import PageRequest, encode
from libs.postgres import Reads
from session_service.gradebook.service import Moment
from session_service.progress import repository
from session_service.progress.errors import ProgressNotFound
from session_service.progress.periods import DAY, Period, midnight, steps
from session_service.progress.repository import Asked, Days, Work
from session_service.progress.rules import Scope, progress
from session_service.progress.schemas import (
    ProgressOut,
    RowsOf,
    Step,
    Trend,
    TrendPart,
    standings_of,
)
from session_service.study_sessions.errors import StudySessionNotFound

After = tuple[UUID, UUID] | None


async def list_students(asked: Asked, period: Period, page: PageRequest) -> RowPage:
    """One page of students with their progress. Raises `StudySessionNotFound` or `Invalid`."""
    rows = await repository.list_students(asked, await _days(asked, period), page)
    return _page([_student(row, asked, period) for row in rows], page)


async def get_student(asked: Asked, period: Period) -> Row:
    """The named student's progress. Raises `ProgressNotFound`, also where the class may not be
    seen, or `Invalid`.
    """
    try:
        days = await _days(asked, period)
    except StudySessionNotFound as error:
        raise ProgressNotFound from error
    row = await repository.find_student(asked, days)
    if row is None:
        raise ProgressNotFound
    return _student(row, asked, period)


async def sum_up(asked: Asked, period: Period) -> ProgressOut:
    """The progress of all whom the caller sees. Raises `StudySessionNotFound` or `Invalid`."""
    found = await repository.sum_up(asked, await _days(asked, period))
    return progress(found, Scope(asked.study_session_id, None, period, asked.as_of))


async def list_classes(reads: Reads, user: Principal, moment: Moment, page: PageRequest) -> RowPage:
    """One page of the caller's classes with their progress."""
    back = moment.as_of is not None
    rows = await repository.list_classes(reads, user, moment.at, page, back=back)
    scopes = [Scope(row["id"], as_of=moment.as_of) for row in rows]
    shown = [
        {"id": row["id"], "name": row["name"], **dict(progress(row, scope))}
        for row, scope in zip(rows, scopes, strict=True)
    ]
    return _page(shown, page)


async def get_trend(asked: Asked, step: Step, until: date | None, count: int) -> Trend:
    """Progress in each of `count` weeks or months up to a day, today without. Raises
    `StudySessionNotFound`.
    """
    seen = await repository.get_seen(asked.reads, asked.user, asked.study_session_id)
    days = steps(step, until or zones.to_wall(asked.at, seen.zone).date(), count)
    edges = [midnight(day, seen.zone) for day in days]
    found = await repository.list_trend(asked, edges)
    parts = [
        _part(found.get(number, {}), asked, Period(first, after - DAY))
        for number, (first, after) in enumerate(pairwise(days), 1)
    ]
    return Trend(step=step, parts=parts)


async def list_work(
    asked: Asked, which: RowsOf, period: Period, after: After, limit: int
) -> tuple[Sequence[Row], After]:
    """The rows behind a number, and after which the next page begins. Raises
    `StudySessionNotFound` or `Invalid`.
    """
    days = await _days(asked, period)
    scored = which is RowsOf.SCORED
    standings = [] if scored else [one.value for one in standings_of(which)]
    rows = await repository.list_work(asked, days, Work(standings, scored, after, limit))
    shown = rows[:limit]
    last = (shown[-1]["item_id"], shown[-1]["student_id"]) if len(rows) > limit else None
    return shown, last


async def _days(asked: Asked, period: Period) -> Days:
    """The instants of a period in the zone of a class that the caller sees."""
    seen = await repository.get_seen(asked.reads, asked.user, asked.study_session_id)
    if period.since and period.until and period.until < period.since:
        detail = "must not be before `from`"
        raise Invalid(fields=[FieldProblem("query/to", "period_backwards", detail)])
    return Days(*period.bounds(seen.zone))


def _student(row: Row, asked: Asked, period: Period) -> Row:
    named = {name: row[name] for name in ("id", "student_code", "student_name")}
    scope = Scope(asked.study_session_id, row["id"], period, asked.as_of)
    return named | dict(progress(row, scope))


def _part(row: Row, asked: Asked, period: Period) -> TrendPart:
    scope = Scope(asked.study_session_id, asked.student_id, period, asked.as_of)
    return TrendPart(since=period.since, until=period.until, **dict(progress(row, scope)))


def _page(items: Sequence[Row], page: PageRequest) -> RowPage:
    shown = items[: page.limit]
    more = len(items) > page.limit
    return {"items": shown, "next_cursor": encode(shown[-1]["id"]) if more else None}
