"""Queries for requests for another time. Permission is part of every query."""

from uuid import UUID

from sqlalchemy import ColumnElement, Uuid, and_, bindparam, or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from libs.auth import Principal
from libs.hot_reads import PageQuery, RowPage, columns_of
from libs.pagination import PageRequest
from libs.postgres import Reads
from session_service.class_roles.models import attended_by, observed_by, taught_by
from session_service.class_roles.schemas import HELPERS
from session_service.lessons.models import Lesson
from session_service.reschedules.errors import RescheduleNotFound
from session_service.reschedules.models import Reschedule
from session_service.reschedules.schemas import RescheduleOut
from session_service.study_sessions.models import StudySession

_CALLER = bindparam("caller", type_=Uuid())
_PAGE = PageQuery(
    select(*columns_of(Reschedule, RescheduleOut)).where(
        or_(
            Reschedule.student_id == _CALLER,
            taught_by(_CALLER, HELPERS, Reschedule.study_session_id),
            observed_by(_CALLER, Reschedule.study_session_id, Reschedule.student_id),
        )
    ),
    Reschedule.id,
    {
        "study_session_id": Reschedule.study_session_id == bindparam("study_session_id"),
        "state": Reschedule.state == bindparam("state"),
    },
)


async def find_attended(
    session: AsyncSession, user: Principal, lesson_id: UUID
) -> tuple[Lesson, StudySession] | None:
    """A lesson that is the caller's to attend, with its class."""
    me = user.account_id
    row = (
        await session.execute(
            select(Lesson, StudySession)
            .join(StudySession, StudySession.id == Lesson.study_session_id)
            .where(
                Lesson.id == lesson_id,
                attended_by(me),
                or_(Lesson.student_id.is_(None), Lesson.student_id == me),
            )
        )
    ).first()
    return (row[0], row[1]) if row else None


async def add(session: AsyncSession, made: Reschedule) -> bool:
    """Adds a request; false if the student has an open one about this lesson."""
    columns = Reschedule.__table__.columns.keys()
    values = {name: getattr(made, name) for name in columns}
    statement = insert(Reschedule).values(values).on_conflict_do_nothing()
    return await session.scalar(statement.returning(Reschedule.id)) is not None


async def lock_own(
    session: AsyncSession, user: Principal, reschedule_id: UUID
) -> tuple[Reschedule, StudySession]:
    """A request of the caller's, locked. Raises `RescheduleNotFound`."""
    return await _lock(session, reschedule_id, Reschedule.student_id == user.account_id)


async def lock_taught(
    session: AsyncSession, user: Principal, reschedule_id: UUID
) -> tuple[Reschedule, StudySession]:
    """A request in a class that the caller teaches, locked. Raises `RescheduleNotFound`."""
    return await _lock(session, reschedule_id, taught_by(user.account_id))


async def _lock(
    session: AsyncSession, reschedule_id: UUID, permission: ColumnElement[bool]
) -> tuple[Reschedule, StudySession]:
    row = (
        await session.execute(
            select(Reschedule, StudySession)
            .join(StudySession, StudySession.id == Reschedule.study_session_id)
            .where(and_(Reschedule.id == reschedule_id, permission))
            .with_for_update(of=Reschedule)
        )
    ).first()
    if row is None:
        raise RescheduleNotFound
    return row[0], row[1]


async def list_page(
    reads: Reads,
    user: Principal,
    page: PageRequest,
    study_session_id: UUID | None,
    state: str | None,
) -> RowPage:
    """Requests that the caller may see, newest first."""
    return await _PAGE.page(
        reads, page, caller=user.account_id, study_session_id=study_session_id, state=state
    )


async def get_lesson(session: AsyncSession, lesson_id: UUID) -> Lesson:
    """The lesson of a request that was found with permission."""
    return await session.get_one(Lesson, lesson_id)
