"""Queries for series. Permission is part of every query but those of jobs.

Who changes a series or adds to it holds off changes of holidays first, then locks its row and then
lessons, so that changes and the jobs that unroll it come one after the other.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import Uuid, bindparam, or_, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from libs.auth import Principal
from libs.errors import Unavailable
from libs.hot_reads import PageQuery, Query, Row, RowPage, columns_of
from libs.pagination import PageRequest
from libs.postgres import Reads
from session_service.class_roles.models import seen_by, taught_by
from session_service.lessons.errors import LessonNotFound
from session_service.lessons.models import SAME_PLACE, Lesson, Series
from session_service.lessons.repository import of_class
from session_service.lessons.schemas import LessonState
from session_service.series.errors import SeriesNotFound
from session_service.series.schemas import SeriesOut
from session_service.study_sessions.models import StudySession, Taught
from session_service.study_sessions.schemas import State

CHUNK = 100
_CALLER = bindparam("caller", type_=Uuid())
_OF_CLASS = Series.student_id.is_(None)
"""What a student has booked is a series of one lesson, which only its booking changes."""
_VISIBLE = select(*columns_of(Series, SeriesOut)).where(
    seen_by(_CALLER, Series.study_session_id), _OF_CLASS
)
_ONE = Query(_VISIBLE.add_columns(Series.revision).where(Series.id == bindparam("series_id")))
_PAGE = PageQuery(
    _VISIBLE,
    Series.id,
    {"study_session_id": Series.study_session_id == bindparam("study_session_id")},
)


async def get_for(reads: Reads, user: Principal, series_id: UUID) -> Row:
    """A series that the caller may see, and its `revision`. Raises `SeriesNotFound`."""
    found = await _ONE.first(reads, caller=user.account_id, series_id=series_id)
    if found is None:
        raise SeriesNotFound
    return found


async def list_page(
    reads: Reads, user: Principal, study_session_id: UUID | None, page: PageRequest
) -> RowPage:
    """Series that the caller may see, newest first."""
    return await _PAGE.page(reads, page, caller=user.account_id, study_session_id=study_session_id)


async def add(session: AsyncSession, series: Series, lessons: Sequence[Lesson]) -> None:
    """Adds a series with its lessons."""
    session.add(series)
    await session.flush()
    session.add_all(lessons)
    await session.flush()


async def share_class(session: AsyncSession, study_session_id: UUID) -> None:
    """Holds off changes of a class's holidays until the transaction ends."""
    await session.execute(
        select(StudySession.id)
        .where(StudySession.id == study_session_id)
        .with_for_update(read=True, key_share=True)
    )


async def lock_taught(
    session: AsyncSession, user: Principal, series_id: UUID
) -> tuple[Series, Taught]:
    """A series of a class that the caller teaches, locked. Raises `SeriesNotFound`."""
    study_session_id = await session.scalar(
        select(Series.study_session_id).where(
            Series.id == series_id,
            _OF_CLASS,
            taught_by(user.account_id, column=Series.study_session_id),
        )
    )
    if study_session_id is None:
        raise SeriesNotFound
    await share_class(session, study_session_id)
    return await lock(session, series_id)


async def lock_by_lesson(
    session: AsyncSession, user: Principal, lesson_id: UUID
) -> tuple[Series, Taught]:
    """The series of a lesson in a class that the caller teaches, locked. Raises `LessonNotFound`,
    or `Unavailable` if the lesson goes from one series to another all the time.
    """
    series_of = select(Lesson.series_id).where(
        Lesson.id == lesson_id, Lesson.state != LessonState.DROPPED.value
    )
    for _ in range(5):
        series_id = await session.scalar(series_of)
        if series_id is None:
            raise LessonNotFound
        try:
            found = await lock_taught(session, user, series_id)
        except SeriesNotFound as error:
            raise LessonNotFound from error
        if await session.scalar(series_of) == series_id:  # whoever had the lock left it there
            return found
    raise Unavailable


async def lock_shared(session: AsyncSession, series_id: UUID) -> tuple[Series, Taught]:
    """As `lock_taught`, for jobs."""
    of = select(Series.study_session_id).where(Series.id == series_id)
    await share_class(session, (await session.scalars(of)).one())
    return await lock(session, series_id)


async def lock(session: AsyncSession, series_id: UUID) -> tuple[Series, Taught]:
    """A series with its class, locked."""
    row = (
        await session.execute(
            select(Series, StudySession)
            .join(StudySession, StudySession.id == Series.study_session_id)
            .where(Series.id == series_id)
            .with_for_update(of=Series)
            .execution_options(populate_existing=True)
        )
    ).one()
    return row[0], of_class(row[1])


async def lock_lessons(
    session: AsyncSession, series_id: UUID, since: datetime | None = None
) -> list[Lesson]:
    """A series' lessons, locked, in the order of their places; with `since` from that place on."""
    statement = select(Lesson).where(Lesson.series_id == series_id)
    if since is not None:
        statement = statement.where(Lesson.recurrence_id >= since)
    statement = statement.order_by(Lesson.recurrence_id).with_for_update()
    found = await session.scalars(statement, execution_options={"populate_existing": True})
    return list(found)


async def has_before(session: AsyncSession, series_id: UUID, place: datetime) -> bool:
    """Whether a series has a lesson before a place."""
    statement = select(Lesson.id).where(Lesson.series_id == series_id, Lesson.recurrence_id < place)
    return await session.scalar(statement.limit(1)) is not None


async def exchange_places(session: AsyncSession) -> None:
    """Lets lessons take each other's places until `keep_places`."""
    await session.execute(text(f"SET CONSTRAINTS {SAME_PLACE} DEFERRED"))


async def keep_places(session: AsyncSession) -> None:
    """Saves what has changed; no two lessons may have one place from now on."""
    await session.flush()
    await session.execute(text(f"SET CONSTRAINTS {SAME_PLACE} IMMEDIATE"))


async def list_behind(session: AsyncSession, edge: datetime, after: UUID) -> Sequence[UUID]:
    """Ids of some series of open classes that do not reach up to `edge` (wall time), in order."""
    found = await session.scalars(
        select(Series.id)
        .join(StudySession, StudySession.id == Series.study_session_id)
        .where(
            Series.finished.is_(False),
            Series.expanded_to < edge,
            StudySession.state == State.ACTIVE.value,
            StudySession.paused_at.is_(None),
            Series.id > after,
        )
        .order_by(Series.id)
        .limit(CHUNK)
    )
    return found.all()


async def list_outdated(session: AsyncSession, version: str, after: UUID) -> Sequence[UUID]:
    """Ids of some series whose instants stand on another release of the zones' database."""
    found = await session.scalars(
        select(Series.id)
        .where(Series.tzdata != version, Series.id > after)
        .order_by(Series.id)
        .limit(CHUNK)
    )
    return found.all()


async def list_unfinished(session: AsyncSession, study_session_id: UUID) -> Sequence[UUID]:
    """Ids of a class's series that have lessons ahead or may get some, in order."""
    ahead = select(Lesson.series_id).where(
        Lesson.study_session_id == study_session_id,
        Lesson.starts_at > session.info["clock"].now(),
        Lesson.state == LessonState.SCHEDULED.value,
    )
    found = await session.scalars(
        select(Series.id)
        .where(
            Series.study_session_id == study_session_id,
            or_(Series.finished.is_(False), Series.id.in_(ahead)),
        )
        .order_by(Series.id)
    )
    return found.all()
