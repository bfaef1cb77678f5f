"""Logins over HTTP."""

from uuid import UUID

from fastapi import APIRouter, Depends, Request

from libs.auth import AccountBlocked, ScopeMissing
from libs.deps import CurrentUser, Now, OwnLogin, limited, network, shown_network
from libs.errors import Invalid, TooMany, Unauthorized, problems
from libs.pagination import BadCursor, Page, Paging
from libs.postgres_deps import SessionDep
from user_service.logins import service
from user_service.logins.devices import Device
from user_service.logins.errors import (
    CredentialsRefused,
    LoginNotFound,
    RefreshRefused,
    TooManyTries,
)
from user_service.logins.schemas import LoginCreate, LoginOut, LoginShown, Refresh, Tokens
from user_service.logins.tokens import Signer

router = APIRouter(prefix="/v1/logins", tags=["logins"])


def _signer(request: Request) -> Signer:
    parts = request.app.state.resources
    return Signer(parts.keys, parts.settings)


@router.post(
    "",
    status_code=201,
    responses=problems(CredentialsRefused, AccountBlocked, Invalid, TooManyTries, TooMany),
)
async def create_login(body: LoginCreate, request: Request) -> LoginOut:
    """Signs in by e-mail address or user name.

    After five wrong passwords a network waits for a minute, then two, four, eight and at most
    fifteen. A device that sends its `device_token` has tries of its own.
    """
    parts, signer = request.app.state.resources, _signer(request)
    desk = service.Desk(parts.database, parts.passwords, parts.limits, signer)
    device = Device(body.device, shown_network(request), body.device_id)
    account, login = await service.sign_in(desk, body, device, network(request))
    return await signer.answer(account, login)


@router.post(
    "/refresh",
    responses=problems(RefreshRefused, Invalid, TooMany),
    dependencies=[Depends(limited("refresh", 300, 60))],
)
async def refresh_login(body: Refresh, request: Request) -> Tokens:
    """The next pair of tokens. The old refresh token is retired; using it later ends the login."""
    database = request.app.state.resources.database
    return await service.renew(database, _signer(request), body.refresh_token)


@router.get("", responses=problems(Unauthorized, AccountBlocked, ScopeMissing, BadCursor, Invalid))
async def list_logins(
    session: SessionDep, user: OwnLogin, page: Paging, now: Now
) -> Page[LoginShown]:
    """One's own signed-in devices, newest first."""
    items, cursor = await service.list_page(session, user, now, page)
    return Page[LoginShown](items=items, next_cursor=cursor)


@router.delete("/current", status_code=204, responses=problems(Unauthorized, AccountBlocked))
async def delete_current_login(user: CurrentUser, request: Request) -> None:
    """Signs this device out."""
    await service.sign_out(request.app.state.resources.database, user.login_id)


@router.delete(
    "/others", status_code=204, responses=problems(Unauthorized, AccountBlocked, ScopeMissing)
)
async def delete_other_logins(session: SessionDep, user: OwnLogin, now: Now) -> None:
    """Signs all other devices out, and forgets them."""
    await service.end_others(session, user, now)


@router.delete(
    "/{login_id}",
    status_code=204,
    responses=problems(Unauthorized, AccountBlocked, ScopeMissing, LoginNotFound, Invalid),
)
async def delete_login(login_id: UUID, session: SessionDep, user: OwnLogin, now: Now) -> None:
    """Signs a device out, and forgets it."""
    await service.end_one(session, user, login_id, now)
