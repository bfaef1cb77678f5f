"""Keeping series unrolled: further ahead as time passes, and by the newest law of their zones."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from functools import partial
from typing import ClassVar
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from libs import outbox, sweeps, zones
from libs.events.session_lessons import SeriesExtended, SeriesShifted
from libs.jobs import Job
from libs.postgres import Database
from session_service.holidays import repository as holidays
from session_service.lessons.models import Lesson
from session_service.lessons.schemas import LessonState
from session_service.series import changes, expansion, plans, recurrence, repository

STEP = timedelta(days=1)
"""A series is extended once it lacks more than this of the whole horizon."""
NONE = UUID(int=0)
Find = Callable[..., Awaitable[Sequence[UUID]]]
Work = Callable[[AsyncSession, UUID], Awaitable[None]]


class ExtendSeries(Job):
    """Make the lessons that have come within the horizon; from the schedule."""

    type: ClassVar[str] = "session.series.extend"


class ReexpandSeries(Job):
    """Work out lessons ahead anew where the zones' database has changed; from the schedule."""

    type: ClassVar[str] = "session.series.reexpand"


async def extend(database: Database, _: ExtendSeries) -> None:
    """Extends what is behind, each series in a transaction of its own. Repeatable."""
    edge = (database.clock.now() + plans.HORIZON - STEP).replace(tzinfo=None)
    await _each(database, partial(repository.list_behind, edge=edge), _extend)


async def reexpand(database: Database, _: ReexpandSeries) -> None:
    """Brings series to the present release, each in a transaction of its own. Repeatable."""
    version = zones.version()
    await _each(database, partial(repository.list_outdated, version=version), _reexpand)


async def _each(database: Database, find: Find, work: Work) -> None:
    found: Sequence[UUID] = [NONE]
    while found:
        async with database.transaction() as session:
            found = await find(session, after=found[-1])
        await sweeps.each("series", found, partial(_alone, database, work))


async def _alone(database: Database, work: Work, series_id: UUID) -> None:
    async with database.transaction() as session:
        await work(session, series_id)


async def _extend(session: AsyncSession, series_id: UUID) -> None:
    series, of = await repository.lock_shared(session, series_id)
    to = plans.wall_horizon(session.info["clock"].now(), series.zone)
    if series.finished or series.expanded_to >= to:
        return
    unrolled = recurrence.unroll(
        plans.rule_of(series), series.local_start, series.zone, to, series.expanded_to
    )
    days = await holidays.list_of(session, series.study_session_id)
    lessons = expansion.make(series, unrolled.places, days)
    series.expanded_to, series.finished = to, unrolled.finished
    session.add_all(lessons)
    await session.flush()
    if lessons:
        fields = await changes.about(session, of, series, lessons, None)
        await outbox.publish(session, SeriesExtended(**fields))


async def _reexpand(session: AsyncSession, series_id: UUID) -> None:
    series, of = await repository.lock_shared(session, series_id)
    now = session.info["clock"].now()
    lessons = await repository.lock_lessons(session, series_id)
    ahead = [one for one in lessons if not one.begun(now) and one.state != LessonState.DROPPED]
    shifted = [one for one in ahead if _shift(one)]
    series.tzdata = zones.version()
    await session.flush()
    told = [one for one in shifted if one.state == LessonState.SCHEDULED]
    if told:
        fields = await changes.about(session, of, series, told, None)
        await outbox.publish(session, SeriesShifted(**fields))


def _shift(lesson: Lesson) -> bool:
    if not lesson.place(lesson.local_start, lesson.zone, lesson.minutes):
        return False
    lesson.note_change()
    return True
