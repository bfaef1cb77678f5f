"""The rules of holidays: they cancel lessons ahead, and give them back when they are removed."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from libs import outbox
from libs.auth import Principal
from libs.events.session_lessons import HolidayRemoved, HolidaysAdded
from libs.hot_reads import RowPage
from libs.ids import new_id
from libs.pagination import PageRequest
from libs.postgres import Reads
from session_service.holidays import repository
from session_service.holidays.errors import TooManyHolidays
from session_service.holidays.models import ClassHoliday, covering
from session_service.holidays.schemas import HolidaysCreate
from session_service.lessons import news
from session_service.lessons.schemas import LessonState
from session_service.study_sessions import repository as study_sessions

MOST = 500


@dataclass(frozen=True, slots=True)
class Added:
    """New holidays, and the lessons that they cancel."""

    holidays: list[ClassHoliday]
    lesson_ids: tuple[UUID, ...]


@dataclass(frozen=True, slots=True)
class Removed:
    """The lessons that a removed holiday gives back."""

    lesson_ids: tuple[UUID, ...]


async def list_page(
    reads: Reads, user: Principal, study_session_id: UUID, page: PageRequest
) -> RowPage:
    """A class's holidays, newest first. Raises `StudySessionNotFound`."""
    await study_sessions.check_seen(reads, user, study_session_id)
    return await repository.list_page(reads, user, study_session_id, page)


async def add(
    session: AsyncSession,
    user: Principal,
    study_session_id: UUID,
    wanted: HolidaysCreate,
    now: datetime,
) -> Added:
    """Adds holidays to a class and cancels its lessons on them; those of the past stay, and later
    ones are made cancelled. Raises `StudySessionNotFound` or `TooManyHolidays`.
    """
    of = await repository.lock_class(session, user, study_session_id)
    if len(await repository.list_of(session, study_session_id)) + len(wanted.holidays) > MOST:
        raise TooManyHolidays
    made = [
        ClassHoliday(
            id=new_id(), study_session_id=study_session_id, name=one.name, first_on=one.first_on,
            last_on=one.end, created_at=now, removed_at=None,
        )
        for one in wanted.holidays
    ]  # fmt: skip
    await repository.add(session, made)
    days = (min(one.first_on for one in made), max(one.last_on for one in made))
    cancelled = []
    for lesson in await repository.lock_lessons_between(session, study_session_id, days, now):
        if holiday_id := covering(made, lesson.local_start.date()):
            lesson.cancel(now)
            lesson.holiday_id = holiday_id
            cancelled.append(lesson.id)
    event = HolidaysAdded(
        **await news.about(session, of, user.account_id),
        holiday_ids=tuple(one.id for one in made),
        lesson_ids=tuple(cancelled),
        first_on=days[0],
        last_on=days[1],
    )
    await outbox.publish(session, event)
    return Added(made, tuple(cancelled))


async def remove(
    session: AsyncSession, user: Principal, holiday_id: UUID, now: datetime
) -> Removed:
    """Takes a holiday back: its lessons ahead take place, unless another holiday has them. Raises
    `HolidayNotFound`.
    """
    holiday = await repository.get_taught(session, user, holiday_id)
    of = await repository.lock_class(session, user, holiday.study_session_id)
    holiday = await repository.get_taught(session, user, holiday_id)  # as it stands under the lock
    holiday.removed_at = now
    others = await repository.list_of(session, holiday.study_session_id)
    restored = []
    for lesson in await repository.lock_lessons_of(session, holiday_id, now):
        lesson.holiday_id = covering(others, lesson.local_start.date())
        if lesson.holiday_id is None and lesson.state == LessonState.CANCELLED:
            lesson.restore(now)
            restored.append(lesson.id)
    event = HolidayRemoved(
        **await news.about(session, of, user.account_id),
        holiday_id=holiday_id,
        lesson_ids=tuple(restored),
        first_on=holiday.first_on,
        last_on=holiday.last_on,
    )
    await outbox.publish(session, event)
    return Removed(tuple(restored))
