"""Streaks (S32): a student's own, and for who teaches or helps those of the class. No student is
shown another's, and they rank nobody.
"""

from collections.abc import Sequence
from datetime import datetime
from itertools import groupby
from operator import itemgetter
from uuid import UUID

from libs import zones
from libs.hot_reads import Row
from libs.pagination import Page, PageRequest, encode
from session_service.progress.errors import ProgressNotFound
from session_service.progress.periods import DAY, Period, midnight
from session_service.progress.repository import Asked, get_seen
from session_service.progress.rules import Scope
from session_service.progress.schemas import RowsOf
from session_service.streaks import repository
from session_service.streaks.rules import Due, Run, days, streaks
from session_service.streaks.schemas import Streak, StudentStreaks
from session_service.study_sessions.errors import StudySessionNotFound


async def list_students(asked: Asked, page: PageRequest) -> Page[StudentStreaks]:
    """One page of students with their streaks. Raises `StudySessionNotFound`."""
    zone = (await get_seen(asked.reads, asked.user, asked.study_session_id)).zone
    rows = await repository.list_students(asked, _tomorrow(asked, zone), page)
    found = [list(of_one) for _, of_one in groupby(rows, itemgetter("id"))]
    shown = [_student(of_one, asked, zone) for of_one in found[: page.limit]]
    more = len(found) > page.limit
    return Page(items=shown, next_cursor=encode(shown[-1].id) if more else None)


async def get_student(asked: Asked, student_id: UUID) -> StudentStreaks:
    """One student's streaks. Raises `ProgressNotFound`, also where the class may not be seen."""
    try:
        zone = (await get_seen(asked.reads, asked.user, asked.study_session_id)).zone
    except StudySessionNotFound as error:
        raise ProgressNotFound from error
    rows = await repository.list_student(asked, student_id, _tomorrow(asked, zone))
    if not rows:
        raise ProgressNotFound
    return _student(rows, asked, zone)


def _tomorrow(asked: Asked, zone: str) -> datetime:
    return midnight(zones.to_wall(asked.now, zone).date() + DAY, zone)


def _student(rows: Sequence[Row], asked: Asked, zone: str) -> StudentStreaks:
    first = rows[0]
    due = [
        Due(row["due_at"], row["kept"], row["broken"], row["waiting"])
        for row in rows
        if row["kept"] or row["broken"] or row["waiting"]
    ]
    found = streaks(days(due, zone))

    def shown(run: Run | None) -> Streak:
        if run is None:
            return Streak(days=0 if found.data else None)
        period = Period(run.since, run.until)
        address = Scope(asked.study_session_id, first["id"], period).rows(RowsOf.DUE)
        return Streak(days=run.days, since=run.since, until=run.until, rows=address)

    return StudentStreaks(
        **{name: first[name] for name in ("id", "student_code", "student_name")},
        current=shown(found.current),
        longest=shown(found.longest),
        broken_on=found.broken_on,
        waits=found.waits,
    )
