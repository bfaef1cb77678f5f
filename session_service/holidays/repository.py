"""Queries for holidays. Permission is part of every query."""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Date, Uuid, bindparam, cast, select
from sqlalchemy.ext.asyncio import AsyncSession

from libs.auth import Principal
from libs.hot_reads import PageQuery, RowPage, columns_of
from libs.pagination import PageRequest
from libs.postgres import Reads
from session_service.class_roles.models import seen_by, taught_by
from session_service.holidays.errors import HolidayNotFound
from session_service.holidays.models import ClassHoliday
from session_service.holidays.schemas import HolidayOut
from session_service.lessons.models import Lesson
from session_service.lessons.repository import of_class
from session_service.lessons.schemas import LessonState
from session_service.study_sessions.errors import StudySessionNotFound
from session_service.study_sessions.models import StudySession, Taught

_PAGE = PageQuery(
    select(*columns_of(ClassHoliday, HolidayOut)).where(
        ClassHoliday.study_session_id == bindparam("study_session_id"),
        ClassHoliday.removed_at.is_(None),
        seen_by(bindparam("caller", type_=Uuid()), ClassHoliday.study_session_id),
    ),
    ClassHoliday.id,
)


async def list_page(
    reads: Reads, user: Principal, study_session_id: UUID, page: PageRequest
) -> RowPage:
    """Holidays of a class that the caller may see, newest first."""
    return await _PAGE.page(reads, page, caller=user.account_id, study_session_id=study_session_id)


async def list_of(session: AsyncSession, study_session_id: UUID) -> Sequence[ClassHoliday]:
    """All holidays of a class that count."""
    found = await session.scalars(
        select(ClassHoliday)
        .where(ClassHoliday.study_session_id == study_session_id, ClassHoliday.removed_at.is_(None))
        .order_by(ClassHoliday.first_on, ClassHoliday.id)
    )
    return found.all()


async def lock_class(session: AsyncSession, user: Principal, study_session_id: UUID) -> Taught:
    """A class that the caller teaches, locked against new lessons. Raises
    `StudySessionNotFound`.
    """
    found = await session.scalar(
        select(StudySession)
        .where(StudySession.id == study_session_id, taught_by(user.account_id))
        .with_for_update()
    )
    if found is None:
        raise StudySessionNotFound
    return of_class(found)


async def get_taught(session: AsyncSession, user: Principal, holiday_id: UUID) -> ClassHoliday:
    """A holiday of a class that the caller teaches. Raises `HolidayNotFound`."""
    found = await session.scalar(
        select(ClassHoliday)
        .where(
            ClassHoliday.id == holiday_id,
            ClassHoliday.removed_at.is_(None),
            taught_by(user.account_id, column=ClassHoliday.study_session_id),
        )
        .execution_options(populate_existing=True)
    )
    if found is None:
        raise HolidayNotFound
    return found


async def add(session: AsyncSession, holidays: Sequence[ClassHoliday]) -> None:
    """Adds holidays."""
    session.add_all(holidays)
    await session.flush()


async def lock_lessons_between(
    session: AsyncSession, study_session_id: UUID, days: tuple[date, date], now: datetime
) -> Sequence[Lesson]:
    """Lessons ahead that are to be held on some day between two, both included; locked."""
    found = await session.scalars(
        select(Lesson)
        .where(
            Lesson.study_session_id == study_session_id,
            Lesson.starts_at > now,
            Lesson.state == LessonState.SCHEDULED.value,
            Lesson.student_id.is_(None),
            cast(Lesson.local_start, Date).between(*days),
        )
        .order_by(Lesson.id)
        .with_for_update()
    )
    return found.all()


async def lock_lessons_of(
    session: AsyncSession, holiday_id: UUID, now: datetime
) -> Sequence[Lesson]:
    """Lessons ahead that a holiday cancels; locked."""
    found = await session.scalars(
        select(Lesson)
        .where(Lesson.holiday_id == holiday_id, Lesson.starts_at > now)
        .order_by(Lesson.id)
        .with_for_update()
    )
    return found.all()
