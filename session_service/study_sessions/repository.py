"""Queries for classes. Permission is part of every query."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import Select, or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from libs import postgres
from libs.auth import Principal, Role
from libs.pagination import PageRequest, newest_first
from session_service.memberships.models import Membership
from session_service.memberships.schemas import MembershipState
from session_service.study_sessions.errors import StudySessionNotFound
from session_service.study_sessions.models import StudySession


class CodeTaken(Exception):
    """The drawn code exists already: draw again."""


def visible_to(user: Principal) -> Select[StudySession]:
    """The classes that a caller may see: one's own, those one is a member of, for admins all."""
    if user.role is Role.ADMIN:
        return select(StudySession)
    joined = select(Membership.study_session_id).where(
        Membership.student_id == user.account_id,
        Membership.state == MembershipState.APPROVED,
    )
    return select(StudySession).where(
        or_(StudySession.tutor_id == user.account_id, StudySession.id.in_(joined))
    )


async def add(session: AsyncSession, study_session: StudySession) -> None:
    """Adds a class. Raises `CodeTaken`; the transaction stays usable."""
    try:
        async with session.begin_nested():
            session.add(study_session)
            await session.flush()
    except IntegrityError as error:
        if postgres.constraint(error).endswith("session_code"):
            raise CodeTaken from error
        raise


async def get_for(session: AsyncSession, user: Principal, study_session_id: UUID) -> StudySession:
    """A class that the caller may see. Raises `StudySessionNotFound`."""
    found = await session.scalar(visible_to(user).where(StudySession.id == study_session_id))
    if found is None:
        raise StudySessionNotFound
    return found


async def get_owned(
    session: AsyncSession, user: Principal, study_session_id: UUID, *, lock: bool = False
) -> StudySession:
    """A class that the caller teaches. Raises `StudySessionNotFound`."""
    statement = select(StudySession).where(
        StudySession.id == study_session_id, StudySession.tutor_id == user.account_id
    )
    found = await session.scalar(statement.with_for_update() if lock else statement)
    if found is None:
        raise StudySessionNotFound
    return found


async def lock(session: AsyncSession, study_session_id: UUID) -> StudySession:
    """A class by id, locked; for admins and for events. Raises `StudySessionNotFound`."""
    found = await session.get(StudySession, study_session_id, with_for_update=True)
    if found is None:
        raise StudySessionNotFound
    return found


async def find_by_code(session: AsyncSession, code: str) -> StudySession | None:
    """A class by its join code, in any case and with or without the dash."""
    return await session.scalar(select(StudySession).where(StudySession.session_code == code))


async def list_page(
    session: AsyncSession, user: Principal, page: PageRequest, state: str | None
) -> Sequence[StudySession]:
    """The caller's classes, newest first."""
    statement = visible_to(user)
    if state is not None:
        statement = statement.where(StudySession.state == state)
    return (await session.scalars(newest_first(statement, StudySession.id, page))).all()
