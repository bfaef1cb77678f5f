"""Queries for memberships. Permission is part of every query."""

from uuid import UUID

from sqlalchemy import Uuid, bindparam, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from libs.auth import Principal
from libs.hot_reads import PageQuery, RowPage, columns_of
from libs.pagination import PageRequest
from libs.postgres import Reads
from session_service.class_roles.models import taught_by
from session_service.class_roles.schemas import HELPERS
from session_service.memberships.errors import MembershipNotFound
from session_service.memberships.models import Membership
from session_service.memberships.schemas import MembershipOut, MembershipState
from session_service.people.models import Person
from session_service.study_sessions.models import StudySession

_OWN = PageQuery(
    select(*columns_of(Membership, MembershipOut)).where(
        Membership.student_id == bindparam("student_id")
    ),
    Membership.id,
)
_TAUGHT = PageQuery(
    select(*columns_of(Membership, MembershipOut), Person.name.label("student_name"))
    .join(StudySession, StudySession.id == Membership.study_session_id)
    .outerjoin(Person, Person.account_id == Membership.student_id)
    .where(
        StudySession.id == bindparam("study_session_id"),
        taught_by(bindparam("caller", type_=Uuid()), HELPERS),
    ),
    Membership.id,
)


async def add(session: AsyncSession, membership: Membership) -> Membership | None:
    """Adds a membership; `None` if the student has one in this class."""
    columns = Membership.__table__.columns.keys()
    values = {name: getattr(membership, name) for name in columns}
    statement = insert(Membership).values(values).on_conflict_do_nothing().returning(Membership)
    return await session.scalar(statement)


async def get_own(session: AsyncSession, student_id: UUID, study_session_id: UUID) -> Membership:
    """A student's membership in a class. Raises `MembershipNotFound`."""
    found = await session.scalar(
        select(Membership).where(
            Membership.student_id == student_id, Membership.study_session_id == study_session_id
        )
    )
    if found is None:
        raise MembershipNotFound
    return found


async def lock_taught(
    session: AsyncSession, user: Principal, membership_id: UUID
) -> tuple[Membership, StudySession]:
    """A membership in a class that the caller teaches, locked. Raises `MembershipNotFound`."""
    row = (
        await session.execute(
            select(Membership, StudySession)
            .join(StudySession, StudySession.id == Membership.study_session_id)
            .where(Membership.id == membership_id, taught_by(user.account_id))
            .with_for_update(of=Membership)
        )
    ).first()
    if row is None:
        raise MembershipNotFound
    return row[0], row[1]


async def is_member(session: AsyncSession, student_id: UUID, study_session_id: UUID) -> bool:
    """Whether a student is in a class."""
    found = await session.scalar(
        select(Membership.id).where(
            Membership.student_id == student_id,
            Membership.study_session_id == study_session_id,
            Membership.state == MembershipState.APPROVED,
        )
    )
    return found is not None


async def list_taught(
    reads: Reads, user: Principal, study_session_id: UUID, page: PageRequest
) -> RowPage:
    """Members of a class that the caller teaches, and their names, newest first."""
    return await _TAUGHT.page(
        reads, page, caller=user.account_id, study_session_id=study_session_id
    )


async def list_own(reads: Reads, student_id: UUID, page: PageRequest) -> RowPage:
    """A student's memberships, newest first."""
    return await _OWN.page(reads, page, student_id=student_id)
