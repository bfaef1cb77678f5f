"""Queries for calendar feeds. Permission is part of every query."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import Uuid, bindparam, delete, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from libs.hot_reads import Query, Row
from libs.postgres import Reads
from session_service.calendars.errors import FeedNotFound
from session_service.calendars.models import Feed
from session_service.lessons.models import Lesson, Series, visible_to
from session_service.lessons.schemas import LessonState
from session_service.study_sessions.models import StudySession

_CALLER = bindparam("caller", type_=Uuid())
_CLASS = StudySession.id
_LATELY = or_(Series.finished.is_(False), Lesson.ends_at >= bindparam("since"))
_SHOWN = (
    select(Series.id)
    .join(StudySession, Series.study_session_id == _CLASS)
    .join(Lesson, Lesson.series_id == Series.id)
    .where(visible_to(_CALLER), _LATELY)
)
"""Series with lessons to come, or lately held, in classes in which the caller has any place."""
_STATE = Query(
    select(
        Series.id,
        Series.revision,
        StudySession.name,
        func.count(Lesson.id).label("lessons"),
        func.coalesce(func.sum(Lesson.revision), 0).label("changes"),
    )
    .join(StudySession, Series.study_session_id == _CLASS)
    .join(Lesson, Lesson.series_id == Series.id, isouter=True)
    .where(Series.id.in_(_SHOWN))
    .group_by(Series.id, StudySession.name)
    .order_by(Series.id)
)
_SERIES = (
    Series.id,
    Series.title,
    Series.description,
    Series.zone,
    Series.rule,
    Series.minutes,
    Series.local_start,
    Series.expanded_to,
    Series.created_at,
    Series.sequence,
    StudySession.name.label("class_name"),
)
_LESSON = (
    Lesson.series_id,
    Lesson.recurrence_id,
    Lesson.local_start,
    Lesson.zone,
    Lesson.title,
    Lesson.description,
    Lesson.starts_at,
    Lesson.ends_at,
    Lesson.state,
    Lesson.sequence,
    Lesson.moved,
    Lesson.reworded,
)
_COURSES = Query(
    select(*_SERIES)
    .join(StudySession, Series.study_session_id == _CLASS)
    .where(Series.id.in_(_SHOWN))
    .order_by(Series.id)
)
_LESSONS = Query(
    select(*_LESSON)
    .where(Lesson.series_id.in_(_SHOWN), Lesson.state != LessonState.DROPPED.value)
    .order_by(Lesson.series_id, Lesson.recurrence_id)
)
_ONE = Query(
    select(*_SERIES, Lesson.recurrence_id.label("place"))
    .join(Lesson, Lesson.series_id == Series.id)
    .join(StudySession, Series.study_session_id == _CLASS)
    .where(Lesson.id == bindparam("lesson_id"), visible_to(_CALLER))
)
_ONE_LESSON = Query(
    select(*_LESSON).where(
        Lesson.id == bindparam("lesson_id"), Lesson.state != LessonState.DROPPED.value
    )
)
_FEED = Query(select(Feed.account_id).where(Feed.digest == bindparam("digest")))
_OWN = Query(select(Feed.created_at, Feed.read_at).where(Feed.account_id == _CALLER))


async def save(session: AsyncSession, account_id: UUID, digest: bytes, now: datetime) -> None:
    """Makes a feed, in place of the one before it."""
    values = {"digest": digest, "created_at": now, "read_at": None}
    statement = insert(Feed).values(account_id=account_id, **values)
    await session.execute(
        statement.on_conflict_do_update(index_elements=[Feed.account_id], set_=values)
    )


async def remove(session: AsyncSession, account_id: UUID) -> None:
    """Ends a feed, if there is one."""
    await session.execute(delete(Feed).where(Feed.account_id == account_id))


async def read_own(reads: Reads, account_id: UUID) -> Row:
    """When one's feed was made and last read. Raises `FeedNotFound`."""
    found = await _OWN.first(reads, caller=account_id)
    if found is None:
        raise FeedNotFound
    return found


async def find_owner(reads: Reads, digest: bytes) -> UUID:
    """Whose feed it is. Raises `FeedNotFound`."""
    found = await _FEED.first(reads, digest=digest)
    if found is None:
        raise FeedNotFound
    owner: UUID = found["account_id"]
    return owner


async def note_read(
    session: AsyncSession, account_id: UUID, now: datetime, before: datetime
) -> None:
    """Notes when a feed was read; not again if it was after `before`."""
    await session.execute(
        update(Feed)
        .where(Feed.account_id == account_id, or_(Feed.read_at.is_(None), Feed.read_at < before))
        .values(read_at=now)
    )


async def read_state(reads: Reads, account_id: UUID, since: datetime) -> Sequence[Row]:
    """What changes whenever the calendar does, by series."""
    return await _STATE.all(reads, caller=account_id, since=since)


async def read_series(reads: Reads, account_id: UUID, since: datetime) -> Sequence[Row]:
    """The series that a person's calendar shows."""
    return await _COURSES.all(reads, caller=account_id, since=since)


async def read_lessons(reads: Reads, account_id: UUID, since: datetime) -> Sequence[Row]:
    """Their lessons, by series and place."""
    return await _LESSONS.all(reads, caller=account_id, since=since)


async def read_one(reads: Reads, account_id: UUID, lesson_id: UUID) -> tuple[Row, Row] | None:
    """One lesson that a person may see: its series with the lesson's place, and itself."""
    series = await _ONE.first(reads, caller=account_id, lesson_id=lesson_id)
    lesson = await _ONE_LESSON.first(reads, lesson_id=lesson_id)
    return (series, lesson) if series and lesson else None
