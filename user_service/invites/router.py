"""Invites over HTTP."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Body, Depends, Query, Request, Response

from libs.auth import Principal, WrongRole
from libs.deps import Now, limited, require
from libs.errors import Invalid, TooMany, Unauthorized, problems
from libs.pagination import MAX_PAGE, BadCursor, Page, Paging
from libs.postgres_deps import SessionDep
from user_service.invites import repository, service
from user_service.invites.errors import (
    CsvRefused,
    ImportNotFound,
    ImportRunning,
    InviteNotFound,
    InviteRefused,
)
from user_service.invites.schemas import (
    AcceptedInvite,
    InviteAcceptance,
    InviteImportOut,
    InviteOut,
    InviteRowOut,
)

router = APIRouter(prefix="/v1", tags=["invites"])

Inviter = Annotated[Principal, Depends(require(*service.INVITERS))]
Csv = Annotated[
    bytes,
    Body(
        media_type="text/csv",
        description="UTF-8; a header with `email`, and `first_name`, `last_name`, `locale`.",
        max_length=1_000_000,
    ),
]


@router.post(
    "/invite-imports",
    status_code=202,
    responses={
        200: {"description": "A dry run.", "model": InviteImportOut},
        **problems(Unauthorized, WrongRole, ImportRunning, CsvRefused, TooMany),
    },
    dependencies=[Depends(limited("invite-imports", 60, 3_600, by="account"))],
)
async def create_invite_import(
    body: Csv,
    request: Request,
    response: Response,
    user: Inviter,
    dry_run: Annotated[bool, Query(description="Only say what would happen.")] = False,
) -> InviteImportOut:
    """Invites people by a CSV file of up to 10,000 rows. A dry run answers with what would become
    of each row and writes nothing; a real one answers at once and goes on in the background.
    Sending the same file again makes nothing new.
    """
    database = request.app.state.resources.database
    if dry_run:
        response.status_code = 200
        return await service.try_out(database, user, body)
    begun = await service.start(database, user, body)
    response.headers["Location"] = f"/v1/invite-imports/{begun.id}"
    return InviteImportOut.model_validate(begun)


@router.get(
    "/invite-imports/{import_id}",
    responses=problems(Unauthorized, WrongRole, ImportNotFound, Invalid),
)
async def get_invite_import(import_id: UUID, session: SessionDep, user: Inviter) -> InviteImportOut:
    """An import of one's own, and how far it is."""
    found = await repository.get_import(session, user.account_id, import_id)
    return InviteImportOut.model_validate(found)


@router.get(
    "/invite-imports/{import_id}/rows",
    responses=problems(Unauthorized, WrongRole, ImportNotFound, Invalid),
)
async def list_invite_rows(
    import_id: UUID,
    session: SessionDep,
    user: Inviter,
    cursor: Annotated[int, Query(ge=0, le=2_000_000, description="Rows behind this line.")] = 0,
    limit: Annotated[int, Query(ge=1, le=MAX_PAGE)] = MAX_PAGE,
) -> Page[InviteRowOut]:
    """What became of each row so far, by line."""
    rows, following = await service.list_rows(session, user, import_id, cursor, limit)
    return Page[InviteRowOut](items=rows, next_cursor=str(following) if following else None)


@router.get("/invites", responses=problems(Unauthorized, WrongRole, BadCursor, Invalid))
async def list_invites(session: SessionDep, user: Inviter, page: Paging) -> Page[InviteOut]:
    """One's own invites, newest first."""
    items, cursor = await service.list_page(session, user, page)
    shown = [InviteOut.model_validate(item) for item in items]
    return Page[InviteOut](items=shown, next_cursor=cursor)


@router.delete(
    "/invites/{invite_id}",
    status_code=204,
    responses=problems(Unauthorized, WrongRole, InviteNotFound, Invalid),
)
async def delete_invite(invite_id: UUID, session: SessionDep, user: Inviter, now: Now) -> None:
    """Takes an invite back that was not accepted yet: the token in its mail is no use any more."""
    await repository.withdraw(session, user.account_id, invite_id, now)


@router.post(
    "/invite-acceptances",
    responses=problems(InviteRefused, Invalid, TooMany),
    dependencies=[Depends(limited("invite-acceptances", 60, 3_600))],
)
async def accept_invite(
    body: InviteAcceptance, session: SessionDep, now: Now, request: Request
) -> AcceptedInvite:
    """Exchanges the token of an invitation's mail for a grant to sign up, once."""
    secret = request.app.state.resources.settings.code_secret.get_secret_value()
    return await service.accept(session, secret, body.token, now)
