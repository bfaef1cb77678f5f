"""The rules of invitations by link."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from libs.auth import Principal
from libs.errors import FieldProblem, Invalid
from libs.hot_reads import RowPage
from libs.ids import new_id
from libs.pagination import PageRequest
from libs.postgres import Reads
from session_service.invitations import repository
from session_service.invitations.errors import InvitationNotFound
from session_service.invitations.models import LIVES, Invitation, Links, check
from session_service.invitations.schemas import (
    InvitationCreate,
    InvitationFace,
    InvitationOut,
    InvitationRow,
)
from session_service.memberships import repository as members
from session_service.memberships import service as memberships
from session_service.memberships.models import Membership
from session_service.memberships.seats import Asking
from session_service.study_sessions import repository as study_sessions
from session_service.study_sessions.schemas import State


async def create(
    session: AsyncSession,
    links: Links,
    user: Principal,
    study_session_id: UUID,
    wanted: InvitationCreate,
) -> InvitationOut:
    """Makes a link into a class that the caller teaches. Raises `StudySessionNotFound`, or
    `Invalid` for an end in the past.
    """
    await study_sessions.get_taught(session, user, study_session_id)
    now: datetime = session.info["clock"].now()
    if wanted.expires_at is not None and wanted.expires_at <= now:
        raise Invalid(fields=[FieldProblem("/expires_at", "in_the_past", "must lie ahead")])
    invitation_id = new_id()
    made = Invitation(
        id=invitation_id,
        study_session_id=study_session_id,
        token_hmac=links.hidden(links.token(invitation_id)),
        pre_approved=wanted.pre_approved,
        expires_at=wanted.expires_at or now + LIVES,
        use_limit=wanted.use_limit,
        uses=0,
        created_by=user.account_id,
        created_at=now,
    )
    await repository.add(session, made)
    row = InvitationRow.model_validate(made).model_dump()
    return InvitationOut(**row, link=links.link(made.id))


async def revoke(
    session: AsyncSession, user: Principal, invitation_id: UUID, now: datetime
) -> None:
    """Takes an invitation back; whoever came by it stays. Raises `InvitationNotFound`."""
    found = await repository.lock_taught(session, user, invitation_id)
    found.revoked_at = found.revoked_at or now


async def preview(reads: Reads, links: Links, token: str, now: datetime) -> InvitationFace:
    """What a class shows to whoever has an invitation's token. Raises `InvitationNotFound`,
    `InvitationExpired` or `InvitationUsedUp`.
    """
    row = await repository.get_face(reads, links.hidden(token))
    terms = {name: row.pop(name) for name in ("use_limit", "uses", "revoked_at")}
    check(now, expires_at=row["expires_at"], **terms)
    capacity, taken = row["capacity"], row.pop("taken")
    return InvitationFace(
        **{name: value for name, value in row.items() if name != "state"},
        takes_students=row["state"] == State.ACTIVE,
        free_seats=None if capacity is None else max(0, capacity - taken),
    )


async def accept(
    session: AsyncSession, links: Links, user: Principal, token: str, now: datetime
) -> Membership:
    """Asks for a place in the class, or takes it if the invitation is pre-approved and a seat is
    free; twice gives the same membership.

    Raises `InvitationNotFound`, `InvitationExpired`, `InvitationUsedUp`, `StudySessionNotOpen`,
    `DeclinedLately` or `MembershipRemoved`.
    """
    found = await repository.find_class(session, links.hidden(token))
    if found is None:
        raise InvitationNotFound
    invitation_id, study_session_id = found
    study_session = await members.lock_class(session, study_session_id)
    invitation = await repository.get(session, invitation_id)
    if invitation.revoked_at is not None:
        raise InvitationNotFound
    asking = Asking(user, now, pre_approved=invitation.pre_approved)
    return await memberships.ask(session, study_session, asking, invitation)


async def list_page(
    reads: Reads, links: Links, user: Principal, study_session_id: UUID, page: PageRequest
) -> RowPage:
    """Invitations into a class that the caller teaches, with their links, newest first. Raises
    `StudySessionNotFound`.
    """
    found = await repository.list_page(reads, user, study_session_id, page)
    items = [row | {"link": links.link(row["id"])} for row in found["items"]]
    return {"items": items, "next_cursor": found["next_cursor"]}
