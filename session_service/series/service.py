"""The rules of series: making them, and changing this lesson and the following, or all.

Lessons that have begun never change, and no change takes a lesson's id away (S-A3). What follows a
lesson becomes a series of its own, unless nothing came before it: then the series itself changes.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from libs import etags, outbox, zones
from libs.auth import Principal
from libs.events.session_lessons import LessonScheduled, SeriesEnded, SeriesScheduled
from libs.hot_reads import Row
from session_service.holidays import repository as holidays
from session_service.lessons import news
from session_service.lessons import service as lessons_service
from session_service.lessons.errors import LessonNotFound
from session_service.lessons.models import Lesson, Series
from session_service.lessons.schemas import LessonState
from session_service.series import changes, expansion, plans, repository
from session_service.series.changes import Made
from session_service.series.errors import SeriesOver
from session_service.series.plans import Plan
from session_service.series.schemas import SeriesCreate, SeriesUpdate
from session_service.study_sessions import repository as study_sessions
from session_service.study_sessions.models import Taught


@dataclass(frozen=True, slots=True)
class Changed:
    """A series after a change; see `SeriesChangedOut`."""

    series: Series
    lesson_ids: Sequence[UUID]
    dropped_ids: Sequence[UUID]
    conflicts: list[Row]


async def create(
    session: AsyncSession, user: Principal, wanted: SeriesCreate, now: datetime
) -> Changed:
    """Makes a series and its lessons of the next 400 days.

    Raises `StudySessionNotFound`, `StudySessionNotOpen`, `LessonsOverlap`, or `Invalid` for a rule
    that is not taken or a start that has passed, lies too far ahead or is not in the rule.
    """
    of = await study_sessions.get_taught(session, user, wanted.study_session_id)
    of.check_open()
    plan = plans.new(wanted, now)
    series = changes.new_series(plan, of)
    await repository.share_class(session, of.study_session_id)
    days = await holidays.list_of(session, of.study_session_id)
    lessons = expansion.make(series, plan.unrolled.places, days)
    await repository.add(session, series, lessons)
    await _tell_made(session, user, of, series, lessons)
    made = Made(series, [one.id for one in lessons])
    return await _shown(session, user, of, made, refuse=wanted.refuse_conflicts)


async def _tell_made(
    session: AsyncSession, user: Principal, of: Taught, series: Series, lessons: Sequence[Lesson]
) -> None:
    if series.rule is None:
        about = await news.about_lesson(session, of, lessons[0], user.account_id)
        await outbox.publish(session, LessonScheduled(**about))
        return
    fields = await changes.about(session, of, series, lessons, user.account_id)
    await outbox.publish(session, SeriesScheduled(**fields))


async def change_following(
    session: AsyncSession,
    user: Principal,
    lesson_id: UUID,
    wanted: SeriesUpdate,
    if_match: str | None,
) -> Changed:
    """Changes a lesson and those that follow it in its series.

    Raises `LessonNotFound`, `Stale`, `LessonBegun`, `StudySessionNotOpen`, `LessonsOverlap` or
    `Invalid`.
    """
    now = session.info["clock"].now()
    series, of = await repository.lock_by_lesson(session, user, lesson_id)
    first, lessons = await _from(session, series, lesson_id)
    etags.check(if_match, first.revision)
    first.check_ahead(now)
    return await _change(session, user, of, (series, first, lessons), wanted)


async def change_all(
    session: AsyncSession,
    user: Principal,
    series_id: UUID,
    wanted: SeriesUpdate,
    if_match: str | None,
) -> Changed:
    """Changes all lessons of a series that lie ahead.

    Raises `SeriesNotFound`, `Stale`, `SeriesOver`, `StudySessionNotOpen`, `LessonsOverlap` or
    `Invalid`.
    """
    now = session.info["clock"].now()
    series, of = await repository.lock_taught(session, user, series_id)
    etags.check(if_match, series.revision)
    lessons = await repository.lock_lessons(session, series.id)
    ahead = [one for one in lessons if zones.to_instant(one.recurrence_id, series.zone) > now]
    first = next((one for one in ahead if _may_change(one, now)), None)
    if first is None:
        raise SeriesOver
    following = [one for one in ahead if one.recurrence_id >= first.recurrence_id]
    return await _change(session, user, of, (series, first, following), wanted)


def _may_change(lesson: Lesson, now: datetime) -> bool:
    return lesson.state != LessonState.DROPPED and not lesson.begun(now)


async def _from(
    session: AsyncSession, series: Series, lesson_id: UUID
) -> tuple[Lesson, list[Lesson]]:
    lessons = await repository.lock_lessons(session, series.id)
    for number, one in enumerate(lessons):
        if one.id == lesson_id and one.state != LessonState.DROPPED:
            return one, lessons[number:]
    raise LessonNotFound


async def _change(
    session: AsyncSession,
    user: Principal,
    of: Taught,
    part: tuple[Series, Lesson, list[Lesson]],
    wanted: SeriesUpdate,
) -> Changed:
    of.check_open()
    series, first, lessons = part
    plan = plans.changed(series, first.recurrence_id, wanted, session.info["clock"].now())
    if _is_so(series, first, wanted, plan):
        return Changed(series, [], [], [])
    made = await changes.apply(session, changes.Change(of, series, first, lessons, plan, wanted))
    await changes.tell(session, of, made, series, user.account_id)
    return await _shown(session, user, of, made, refuse=wanted.refuse_conflicts)


def _is_so(series: Series, first: Lesson, wanted: SeriesUpdate, plan: Plan) -> bool:
    own = (first.moved and wanted.sets_times) or (first.reworded and wanted.sets_words)
    return plan.is_of(series, first.recurrence_id) and not own


async def _shown(
    session: AsyncSession, user: Principal, of: Taught, made: Made, *, refuse: bool
) -> Changed:
    found = await lessons_service.conflicts(session, user, of, made.lesson_ids, refuse=refuse)
    return Changed(made.series, made.lesson_ids, made.dropped_ids, found)


async def end_all(session: AsyncSession, study_session_id: UUID) -> None:
    """Cancels all that lies ahead for a class that has ended. Who is in it hears of its end."""
    now = session.info["clock"].now()
    for series_id in await repository.list_unfinished(session, study_session_id):
        series, _ = await repository.lock_shared(session, series_id)
        for lesson in await repository.lock_lessons(session, series_id):
            if lesson.state == LessonState.SCHEDULED and not lesson.begun(now):
                lesson.cancel(now)
        series.finished = True
        series.note_change()


async def end(
    session: AsyncSession, user: Principal, lesson_id: UUID, if_match: str | None
) -> Changed:
    """Cancels a lesson and those that follow it in its series, and makes no more. Raises
    `LessonNotFound`, `Stale` or `LessonBegun`.
    """
    now = session.info["clock"].now()
    series, of = await repository.lock_by_lesson(session, user, lesson_id)
    first, lessons = await _from(session, series, lesson_id)
    etags.check(if_match, first.revision)
    first.check_ahead(now)
    cancelled = [
        one for one in lessons if one.state == LessonState.SCHEDULED and not one.begun(now)
    ]
    for lesson in cancelled:
        lesson.cancel(now)
    changes.close(series, first.recurrence_id)
    await session.flush()
    if cancelled:
        fields = await changes.about(session, of, series, cancelled, user.account_id)
        await outbox.publish(session, SeriesEnded(**fields))
    return Changed(series, [one.id for one in cancelled], [], [])
