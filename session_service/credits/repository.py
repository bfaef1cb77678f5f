"""Queries for make-up credits. Permission is part of every query."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Uuid, bindparam, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from libs.auth import Principal
from libs.hot_reads import PageQuery, RowPage, columns_of
from libs.pagination import PageRequest
from libs.postgres import Reads
from session_service.class_roles.models import attended_by, observed_by, taught_by
from session_service.class_roles.schemas import HELPERS
from session_service.credits.errors import CreditNotFound
from session_service.credits.models import Credit, Holder
from session_service.credits.schemas import CreditOut
from session_service.lessons.models import Lesson
from session_service.study_sessions.models import StudySession

_CALLER = bindparam("caller", type_=Uuid())
_PAGE = PageQuery(
    select(*columns_of(Credit, CreditOut)).where(
        or_(
            Credit.student_id == _CALLER,
            taught_by(_CALLER, HELPERS, Credit.study_session_id),
            observed_by(_CALLER, Credit.study_session_id, Credit.student_id),
        )
    ),
    Credit.id,
    {"study_session_id": Credit.study_session_id == bindparam("study_session_id")},
)


async def add(session: AsyncSession, credit: Credit) -> bool:
    """Adds a credit; false if the student has one for this lesson."""
    columns = Credit.__table__.columns.keys()
    values = {name: getattr(credit, name) for name in columns}
    statement = insert(Credit).values(values).on_conflict_do_nothing().returning(Credit.id)
    return await session.scalar(statement) is not None


async def is_student(session: AsyncSession, account_id: UUID, study_session_id: UUID) -> bool:
    """Whether somebody is a student of a class."""
    statement = select(StudySession.id).where(
        StudySession.id == study_session_id, attended_by(account_id)
    )
    return await session.scalar(statement) is not None


async def has_lesson(session: AsyncSession, study_session_id: UUID, lesson_id: UUID) -> bool:
    """Whether a lesson is one of a class."""
    statement = select(Lesson.id).where(
        Lesson.id == lesson_id, Lesson.study_session_id == study_session_id
    )
    return await session.scalar(statement) is not None


async def spend(session: AsyncSession, credit_id: UUID, holder: Holder, now: datetime) -> bool:
    """Lets a booking hold a student's credit of a class; false if it is not good (any more)."""
    statement = (
        update(Credit)
        .where(
            Credit.id == credit_id,
            Credit.student_id == holder.student_id,
            Credit.study_session_id == holder.study_session_id,
            Credit.booking_id.is_(None),
            Credit.revoked_at.is_(None),
            Credit.expires_at > now,
        )
        .values(booking_id=holder.booking_id)
        .returning(Credit.id)
    )
    return await session.scalar(statement) is not None


async def give_back(session: AsyncSession, booking_id: UUID, until: datetime) -> None:
    """Frees the credit that a booking holds, if it holds one; it is good until then at least."""
    statement = (
        update(Credit)
        .where(Credit.booking_id == booking_id)
        .values(booking_id=None, expires_at=func.greatest(Credit.expires_at, until))
    )
    await session.execute(statement)


async def lock_taught(session: AsyncSession, user: Principal, credit_id: UUID) -> Credit:
    """A credit of a class that the caller teaches, locked. Raises `CreditNotFound`."""
    found = await session.scalar(
        select(Credit)
        .where(
            Credit.id == credit_id,
            taught_by(user.account_id, column=Credit.study_session_id),
        )
        .with_for_update()
    )
    if found is None:
        raise CreditNotFound
    return found


async def list_page(
    reads: Reads, user: Principal, page: PageRequest, study_session_id: UUID | None
) -> RowPage:
    """The caller's own credits, and those of classes in which the caller teaches or helps."""
    return await _PAGE.page(reads, page, caller=user.account_id, study_session_id=study_session_id)
