"""Queries for invitations. Permission is part of every query: teaching the class, or the token."""

from uuid import UUID

from sqlalchemy import Uuid, bindparam, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from libs.auth import Principal
from libs.hot_reads import PageQuery, Query, Row, RowPage, columns_of
from libs.pagination import PageRequest
from libs.postgres import Reads
from session_service.class_roles.models import taught_by
from session_service.invitations.errors import InvitationNotFound
from session_service.invitations.models import Invitation
from session_service.invitations.schemas import InvitationRow
from session_service.memberships.models import Membership
from session_service.memberships.schemas import SEATED, MembershipState
from session_service.people.models import Person
from session_service.study_sessions.errors import StudySessionNotFound
from session_service.study_sessions.models import StudySession

_CALLER = bindparam("caller", type_=Uuid())
_MINE = taught_by(_CALLER, column=Invitation.study_session_id)
_SHOWN = select(*columns_of(Invitation, InvitationRow))
_TAUGHT = Query(
    select(StudySession.id).where(
        StudySession.id == bindparam("study_session_id"), taught_by(_CALLER)
    )
)
_PAGE = PageQuery(
    _SHOWN.where(Invitation.study_session_id == bindparam("study_session_id"), _MINE),
    Invitation.id,
)
_ONE = Query(
    _SHOWN.where(
        Invitation.id == bindparam("invitation_id"), Invitation.revoked_at.is_(None), _MINE
    )
)
_of_class = Membership.study_session_id == StudySession.id
_TAKEN = (
    select(func.count())
    .where(_of_class, or_(*(Membership.state == state.value for state in SEATED)))
    .scalar_subquery()
)
_WAITING = (
    select(func.count())
    .where(_of_class, Membership.state == MembershipState.WAITING.value)
    .scalar_subquery()
)
_FACE = Query(
    select(
        StudySession.name.label("class_name"),
        StudySession.session_code,
        StudySession.state,
        StudySession.capacity,
        Person.name.label("tutor_name"),
        _TAKEN.label("taken"),
        _WAITING.label("waiting"),
        Invitation.pre_approved,
        Invitation.expires_at,
        Invitation.use_limit,
        Invitation.uses,
        Invitation.revoked_at,
    )
    .join(StudySession, StudySession.id == Invitation.study_session_id)
    .outerjoin(Person, Person.account_id == StudySession.tutor_id)
    .where(Invitation.token_hmac == bindparam("token_hmac"))
)


async def add(session: AsyncSession, invitation: Invitation) -> None:
    """Adds an invitation."""
    session.add(invitation)
    await session.flush()


async def find_class(session: AsyncSession, token_hmac: str) -> tuple[UUID, UUID] | None:
    """The ids of the invitation with a token, and of its class."""
    found = await session.execute(
        select(Invitation.id, Invitation.study_session_id).where(
            Invitation.token_hmac == token_hmac
        )
    )
    row = found.first()
    return (row[0], row[1]) if row else None


async def get(session: AsyncSession, invitation_id: UUID) -> Invitation:
    """An invitation by id; its class is locked, so its uses stand still."""
    return await session.get_one(Invitation, invitation_id, with_for_update=True)


async def lock_taught(session: AsyncSession, user: Principal, invitation_id: UUID) -> Invitation:
    """An invitation into a class that the caller teaches, locked. Raises `InvitationNotFound`."""
    found = await session.scalar(
        select(Invitation)
        .where(
            Invitation.id == invitation_id,
            taught_by(user.account_id, column=Invitation.study_session_id),
        )
        .with_for_update()
    )
    if found is None:
        raise InvitationNotFound
    return found


async def get_taught(reads: Reads, user: Principal, invitation_id: UUID) -> Row:
    """An invitation that was not taken back, into a class that the caller teaches. Raises
    `InvitationNotFound`.
    """
    found = await _ONE.first(reads, caller=user.account_id, invitation_id=invitation_id)
    if found is None:
        raise InvitationNotFound
    return found


async def get_face(reads: Reads, token_hmac: str) -> Row:
    """What the holder of a token may see. Raises `InvitationNotFound`."""
    found = await _FACE.first(reads, token_hmac=token_hmac)
    if found is None:
        raise InvitationNotFound
    return found


async def list_page(
    reads: Reads, user: Principal, study_session_id: UUID, page: PageRequest
) -> RowPage:
    """Invitations into a class that the caller teaches, newest first. Raises
    `StudySessionNotFound`.
    """
    wanted = {"caller": user.account_id, "study_session_id": study_session_id}
    if await _TAUGHT.first(reads, **wanted) is None:
        raise StudySessionNotFound
    return await _PAGE.page(reads, page, **wanted)
