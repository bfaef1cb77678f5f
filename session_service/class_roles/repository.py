"""Queries for roles inside a class. Permission is part of every query."""

from uuid import UUID

from sqlalchemy import Uuid, bindparam, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from libs.auth import Principal
from libs.hot_reads import PageQuery, RowPage, columns_of
from libs.pagination import PageRequest
from libs.postgres import Reads
from session_service.class_roles.errors import ClassRoleNotFound
from session_service.class_roles.models import ClassRole, attended_by
from session_service.class_roles.schemas import ClassRoleOut
from session_service.people.models import Person
from session_service.study_sessions.models import StudySession

_tutor = aliased(Person)
_SHOWN = columns_of(ClassRole, ClassRoleOut)
_OF_CLASS = PageQuery(
    select(*_SHOWN, Person.name)
    .outerjoin(Person, Person.account_id == ClassRole.account_id)
    .where(ClassRole.study_session_id == bindparam("study_session_id")),
    ClassRole.id,
)
_OWN = PageQuery(
    select(
        *_SHOWN,
        StudySession.session_code,
        StudySession.name.label("class_name"),
        _tutor.name.label("tutor_name"),
    )
    .join(StudySession, StudySession.id == ClassRole.study_session_id)
    .outerjoin(_tutor, _tutor.account_id == StudySession.tutor_id)
    .where(ClassRole.account_id == bindparam("caller", type_=Uuid())),
    ClassRole.id,
    {"state": ClassRole.state == bindparam("state")},
)


async def add(session: AsyncSession, class_role: ClassRole) -> None:
    """Adds a role in a class that is locked."""
    session.add(class_role)
    await session.flush()


async def has_any(session: AsyncSession, study_session_id: UUID, account_id: UUID) -> bool:
    """Whether somebody has a role in a class that is locked, or is asked to take one on."""
    found = await session.scalar(
        select(ClassRole.id).where(
            ClassRole.study_session_id == study_session_id, ClassRole.account_id == account_id
        )
    )
    return found is not None


async def find_of(
    session: AsyncSession, study_session_id: UUID, account_id: UUID
) -> ClassRole | None:
    """Somebody's role in a class that is locked, or the offer of one; locked."""
    return await session.scalar(
        select(ClassRole)
        .where(ClassRole.study_session_id == study_session_id, ClassRole.account_id == account_id)
        .with_for_update()
    )


async def attends(session: AsyncSession, study_session_id: UUID, student_id: UUID) -> bool:
    """Whether somebody is a student of a class."""
    found = await session.scalar(
        select(StudySession.id).where(StudySession.id == study_session_id, attended_by(student_id))
    )
    return found is not None


async def lock(
    session: AsyncSession, user: Principal, class_role_id: UUID, *, own: bool = False
) -> tuple[ClassRole, StudySession]:
    """A role of the caller's or, unless `own`, in a class of the caller's own; locked. Raises
    `ClassRoleNotFound`.
    """
    allowed = ClassRole.account_id == user.account_id
    if not own:
        allowed = or_(allowed, StudySession.tutor_id == user.account_id)
    statement = (
        select(ClassRole, StudySession)
        .join(StudySession, StudySession.id == ClassRole.study_session_id)
        .where(ClassRole.id == class_role_id, allowed)
        .with_for_update(of=ClassRole)
    )
    found = (await session.execute(statement)).first()
    if found is None:
        raise ClassRoleNotFound
    return found[0], found[1]


async def remove(session: AsyncSession, class_role: ClassRole) -> None:
    """Takes a role away; its events tell of it still."""
    await session.delete(class_role)


async def list_of(reads: Reads, study_session_id: UUID, page: PageRequest) -> RowPage:
    """The roles in a class that the caller helps in, newest first."""
    return await _OF_CLASS.page(reads, page, study_session_id=study_session_id)


async def list_own(reads: Reads, user: Principal, page: PageRequest, state: str | None) -> RowPage:
    """The caller's roles, newest first."""
    return await _OWN.page(reads, page, caller=user.account_id, state=state)
