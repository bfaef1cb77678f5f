"""Queries for memberships. Permission is part of every query."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from libs.auth import Principal
from libs.pagination import PageRequest, newest_first
from session_service.memberships.errors import MembershipNotFound
from session_service.memberships.models import Membership
from session_service.memberships.schemas import MembershipState
from session_service.people.models import Person
from session_service.study_sessions.models import StudySession


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
            .where(Membership.id == membership_id, StudySession.tutor_id == user.account_id)
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
    session: AsyncSession, study_session_id: UUID, page: PageRequest
) -> Sequence[Any]:
    """(membership, name) of a class, newest first; the caller has checked who teaches it."""
    statement = (
        select(Membership, Person.name)
        .outerjoin(Person, Person.account_id == Membership.student_id)
        .where(Membership.study_session_id == study_session_id)
    )
    return (await session.execute(newest_first(statement, Membership.id, page))).all()


async def list_own(
    session: AsyncSession, student_id: UUID, page: PageRequest
) -> Sequence[Membership]:
    """A student's memberships, newest first."""
    statement = select(Membership).where(Membership.student_id == student_id)
    return (await session.scalars(newest_first(statement, Membership.id, page))).all()
