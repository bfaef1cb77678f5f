"""The rules of single lessons; `series` has those of many."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from libs import etags, outbox
from libs.auth import Principal
from libs.errors import FieldProblem, Invalid
from libs.events.session_lessons import LessonCancelled, LessonMoved, LessonScheduled
from libs.hot_reads import Row, RowPage
from libs.postgres import Reads
from libs.timelines import TimePage
from session_service.lessons import news, overlaps, repository
from session_service.lessons.errors import LessonNotScheduled, LessonsOverlap
from session_service.lessons.models import Lesson
from session_service.lessons.schemas import LessonState, LessonUpdate
from session_service.study_sessions import repository as study_sessions
from session_service.study_sessions.models import Taught

SHOWN = timedelta(days=31)
LONGEST_RANGE = timedelta(days=400)


@dataclass(frozen=True, slots=True)
class Changed:
    """A lesson after a change, and what overlaps it."""

    lesson: Lesson
    conflicts: list[Row]


def between(
    start: datetime | None, end: datetime | None, now: datetime
) -> tuple[datetime, datetime]:
    """The range of a list: from now unless said otherwise, for 31 days. Raises `Invalid`."""
    start = start or now
    end = end or min(start, datetime.max.replace(tzinfo=start.tzinfo) - SHOWN) + SHOWN
    if not timedelta() < end - start <= LONGEST_RANGE:
        detail = f"must lie after `from`, by {LONGEST_RANGE.days} days at most"
        raise Invalid(fields=[FieldProblem("query/to", "bad_range", detail)])
    return start, end


async def list_conflicts(
    reads: Reads,
    user: Principal,
    study_session_id: UUID,
    between: tuple[datetime, datetime],
    page: TimePage,
) -> RowPage:
    """What overlaps a class's lessons. Raises `StudySessionNotFound`."""
    await study_sessions.check_helped(reads, user, study_session_id)
    return await overlaps.list_between(reads, user, study_session_id, between, page)


async def update(
    session: AsyncSession,
    user: Principal,
    lesson_id: UUID,
    wanted: LessonUpdate,
    if_match: str | None,
) -> Changed:
    """Changes one lesson, which stays what it is: its id, series and place do not change (S-A3).

    Raises `LessonNotFound`, `LessonBooked`, `Stale`, `LessonBegun`, `LessonNotScheduled`,
    `StudySessionNotOpen`, `LessonsOverlap` or, for a time that has passed, `Invalid`.
    """
    lesson, of = await repository.lock_taught(session, user, lesson_id)
    etags.check(if_match, lesson.revision)
    now = session.info["clock"].now()
    lesson.check_ahead(now)
    if lesson.state != LessonState.SCHEDULED:
        raise LessonNotScheduled
    of.check_open()
    before = lesson.starts_at
    reworded, moved = _reword(lesson, wanted), await _move(session, lesson, wanted, now)
    if reworded or moved:
        lesson.note_change()
        await session.flush()
    if moved:
        event = LessonMoved(old_starts_at=before, **await _about(session, user, of, lesson))
        await outbox.publish(session, event)
    return Changed(
        lesson, await conflicts(session, user, of, [lesson.id], refuse=wanted.refuse_conflicts)
    )


def _reword(lesson: Lesson, wanted: LessonUpdate) -> bool:
    title = lesson.title if wanted.title is None else wanted.title
    description = lesson.description if wanted.description is None else wanted.description
    if (title, description) == (lesson.title, lesson.description):
        return False
    lesson.title, lesson.description, lesson.reworded = title, description, True
    return True


async def _move(session: AsyncSession, lesson: Lesson, wanted: LessonUpdate, now: datetime) -> bool:
    minutes = wanted.minutes or lesson.minutes
    local_start, zone = wanted.local_start or lesson.local_start, wanted.zone or lesson.zone
    if not lesson.place(local_start, zone, minutes):
        return False
    check_start(lesson.starts_at, now)
    series = await repository.get_series(session, lesson.series_id)
    of_series = (lesson.recurrence_id, series.zone, series.minutes)
    lesson.moved = (local_start, zone, minutes) != of_series
    return True


def check_start(starts_at: datetime, now: datetime) -> None:
    """Raises `Invalid` for a lesson that would have begun already."""
    if starts_at <= now:
        detail = "must lie ahead; lessons that have begun do not change"
        raise Invalid(fields=[FieldProblem("/local_start", "start_in_the_past", detail)])


async def conflicts(
    session: AsyncSession,
    user: Principal,
    of: Taught,
    lesson_ids: Sequence[UUID],
    *,
    refuse: bool,
) -> list[Row]:
    """What overlaps these lessons of a class. Raises `LessonsOverlap` if there is anything and the
    caller wants that to be refused.

    Who refuses looks one after the other, and so sees the lessons of whoever was first. To be
    asked last: the locks of the class's people come after all others.
    """
    if refuse:
        await overlaps.lock_people(session, of.study_session_id)
    found = await overlaps.list_of(session, user, of.study_session_id, lesson_ids)
    if found and refuse:
        raise LessonsOverlap
    return found


async def cancel(
    session: AsyncSession, user: Principal, lesson_id: UUID, if_match: str | None
) -> Lesson:
    """Calls a lesson off. Raises `LessonNotFound`, `LessonBooked`, `Stale`, `LessonBegun` or
    `LessonNotScheduled`.
    """
    lesson, of = await repository.lock_taught(session, user, lesson_id)
    etags.check(if_match, lesson.revision)
    lesson.cancel(session.info["clock"].now())
    await outbox.publish(session, LessonCancelled(**await _about(session, user, of, lesson)))
    return lesson


async def restore(
    session: AsyncSession, user: Principal, lesson_id: UUID, if_match: str | None
) -> Lesson:
    """Lets a cancelled lesson take place after all. Raises `LessonNotFound`, `Stale`,
    `LessonBegun`, `LessonNotCancelled` or `StudySessionNotOpen`.
    """
    lesson, of = await repository.lock_taught(session, user, lesson_id)
    etags.check(if_match, lesson.revision)
    of.check_open()
    lesson.restore(session.info["clock"].now())
    await outbox.publish(session, LessonScheduled(**await _about(session, user, of, lesson)))
    return lesson


async def _about(
    session: AsyncSession, user: Principal, of: Taught, lesson: Lesson
) -> news.LessonFields:
    return await news.about_lesson(session, of, lesson, user.account_id)
