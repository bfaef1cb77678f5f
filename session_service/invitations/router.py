"""Invitations over HTTP."""

import asyncio
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response

from libs import qr
from libs.auth import WrongRole
from libs.deps import Now, Student, Tutor, limited
from libs.errors import Invalid, TooMany, Unauthorized, problems
from libs.hot_reads import RowPage
from libs.pagination import BadCursor, Page, Paging
from libs.postgres_deps import ReadsDep, SessionDep
from session_service.invitations import repository, service
from session_service.invitations.errors import (
    InvitationExpired,
    InvitationNotFound,
    InvitationUsedUp,
)
from session_service.invitations.models import Links
from session_service.invitations.schemas import (
    InvitationCreate,
    InvitationFace,
    InvitationOut,
    InvitationToken,
)
from session_service.join_codes.router import PICTURES
from session_service.join_codes.schemas import QrFormat
from session_service.memberships.errors import DeclinedLately, MembershipRemoved
from session_service.memberships.models import Membership
from session_service.memberships.schemas import MembershipOut
from session_service.study_sessions.errors import (
    StudySessionIsSuspended,
    StudySessionNotFound,
    StudySessionNotOpen,
)

router = APIRouter(prefix="/v1", tags=["invitations"])
UNUSABLE = (InvitationNotFound, InvitationExpired, InvitationUsedUp)


async def get_links(request: Request) -> Links:
    """Makes links with this service's secret."""
    settings = request.app.state.settings
    return Links(settings.code_secret.get_secret_value(), settings.public_url)


LinksDep = Annotated[Links, Depends(get_links)]


@router.post(
    "/study-sessions/{study_session_id}/invitations",
    status_code=201,
    responses=problems(Unauthorized, WrongRole, StudySessionNotFound, Invalid, TooMany),
    dependencies=[Depends(limited("invitations", 60, 3_600, by="account"))],
)
async def create_invitation(
    study_session_id: UUID,
    body: InvitationCreate,
    session: SessionDep,
    user: Tutor,
    links: LinksDep,
) -> InvitationOut:
    """Makes a link by which people join a class; for who teaches it."""
    return await service.create(session, links, user, study_session_id, body)


@router.get(
    "/study-sessions/{study_session_id}/invitations",
    response_model=Page[InvitationOut],
    responses=problems(Unauthorized, WrongRole, StudySessionNotFound, BadCursor, Invalid),
)
async def list_invitations(
    study_session_id: UUID, reads: ReadsDep, user: Tutor, page: Paging, links: LinksDep
) -> RowPage:
    """The invitations into a class, with their links, newest first; for who teaches it."""
    return await service.list_page(reads, links, user, study_session_id, page)


@router.get(
    "/invitations/{invitation_id}/qr-code",
    response_class=Response,
    responses={200: PICTURES, **problems(Unauthorized, WrongRole, InvitationNotFound, Invalid)},
)
async def get_invitation_qr(
    invitation_id: UUID,
    reads: ReadsDep,
    user: Tutor,
    links: LinksDep,
    format: QrFormat = QrFormat.PNG,  # noqa: A002
) -> Response:
    """The QR code of an invitation's link, as PNG or SVG; for who teaches the class."""
    found = await repository.get_taught(reads, user, invitation_id)
    picture = await asyncio.to_thread(qr.draw, links.link(found["id"]), format.value)
    return Response(picture, media_type=qr.MEDIA_TYPES[format])


@router.delete(
    "/invitations/{invitation_id}",
    status_code=204,
    responses=problems(Unauthorized, WrongRole, InvitationNotFound, Invalid),
)
async def revoke_invitation(
    invitation_id: UUID, session: SessionDep, user: Tutor, now: Now
) -> None:
    """Takes an invitation back: its link opens nothing any more. For who teaches the class."""
    await service.revoke(session, user, invitation_id, now)


@router.post(
    "/invitations/preview",
    responses=problems(*UNUSABLE, Invalid, TooMany),
    dependencies=[Depends(limited("invitation-preview", 60, 60))],
)
async def preview_invitation(
    body: InvitationToken, reads: ReadsDep, links: LinksDep, now: Now
) -> InvitationFace:
    """What a class shows to whoever has an invitation, before signing in."""
    return await service.preview(reads, links, body.token, now)


@router.post(
    "/invitations/acceptance",
    status_code=201,
    response_model=MembershipOut,
    responses=problems(
        Unauthorized, WrongRole, *UNUSABLE, StudySessionIsSuspended, StudySessionNotOpen,
        DeclinedLately, MembershipRemoved, Invalid, TooMany,
    ),
    dependencies=[Depends(limited("invitation", 60, 60, by="account"))],
)  # fmt: skip
async def accept_invitation(
    body: InvitationToken, session: SessionDep, user: Student, links: LinksDep, now: Now
) -> Membership:
    """Joins by an invitation: at once if it is pre-approved and a seat is free. Twice gives the
    same membership.
    """
    return await service.accept(session, links, user, body.token, now)
