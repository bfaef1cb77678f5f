"""Logins over HTTP."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from fastapi.responses import JSONResponse

from libs.auth import AccountBlocked, Principal, ScopeMissing
from libs.deps import Now, OwnCaller, OwnLogin, limited, network, shown_network
from libs.errors import Invalid, TooMany, Unauthorized, problems
from libs.pagination import BadCursor, Page, Paging
from libs.postgres_deps import SessionDep
from user_service.accounts.errors import AccountNotFound
from user_service.accounts.models import UNDO_ONLY
from user_service.google_links.errors import GoogleLinkTaken
from user_service.logins import renewal, second_factors, service
from user_service.logins.devices import Device
from user_service.logins.errors import (
    CredentialsRefused,
    LoginNotFound,
    RefreshRefused,
    TooManyTries,
)
from user_service.logins.models import ENROLL_ONLY
from user_service.logins.schemas import (
    LoginCreate,
    LoginOut,
    LoginProof,
    LoginShown,
    PasskeyAsked,
    PasskeyLogin,
    Refresh,
    SecondFactorNeeded,
    Tokens,
)
from user_service.logins.tokens import Signer
from user_service.proofs.errors import ChallengeRefused, FactorRefused, TooManyFactorTries

router = APIRouter(prefix="/v1", tags=["logins"])

Leaver = Annotated[Principal, Depends(OwnCaller(ENROLL_ONLY, UNDO_ONLY))]
"""Any login of the caller's own, also one that may hardly do anything."""


def _signer(request: Request) -> Signer:
    parts = request.app.state.resources
    return Signer(parts.keys, parts.settings)


@router.post(
    "/logins",
    status_code=201,
    response_model=LoginOut,
    responses=problems(CredentialsRefused, AccountBlocked, Invalid, TooManyTries, TooMany)
    | {202: {"model": SecondFactorNeeded, "description": "Show a second factor as well."}},
)
async def create_login(body: LoginCreate, request: Request) -> LoginOut | JSONResponse:
    """Signs in by e-mail address or user name. Where the account has a second factor the answer is
    202 with a challenge, for `POST /v1/logins/factors`.

    After five wrong passwords a network waits for a minute, then two, four, eight and at most
    fifteen. A device that sends its `device_token` has tries of its own.
    """
    parts, signer = request.app.state.resources, _signer(request)
    desk = service.Desk(parts.database, parts.passwords, parts.limits, signer)
    device = Device(body.device, shown_network(request), body.device_id)
    account, begun = await service.sign_in(desk, body, device, network(request))
    if isinstance(begun, SecondFactorNeeded):
        return JSONResponse(begun.model_dump(mode="json"), 202)
    return await signer.answer(account, begun)


@router.post(
    "/logins/factors",
    status_code=201,
    responses=problems(
        ChallengeRefused,
        FactorRefused,
        AccountBlocked,
        GoogleLinkTaken,
        Invalid,
        TooManyFactorTries,
    ),
    dependencies=[Depends(limited("login-factors", 60, 60))],
)
async def finish_login(body: LoginProof, request: Request) -> LoginOut:
    """Finishes a sign-in with the second factor: within five minutes, with five tries."""
    parts, signer = request.app.state.resources, _signer(request)
    account, login = await second_factors.finish(parts.database, parts.limits, parts.settings, body)
    return await signer.answer(account, login)


@router.post(
    "/passkey-logins/challenges",
    status_code=201,
    responses=problems(TooMany),
    dependencies=[Depends(limited("passkey-challenges", 60, 60))],
)
async def create_passkey_login_challenge(session: SessionDep, request: Request) -> PasskeyAsked:
    """A challenge for a sign-in by passkey alone: five minutes, once."""
    return await second_factors.ask_passkey(session, request.app.state.resources.settings)


@router.post(
    "/passkey-logins",
    status_code=201,
    responses=problems(ChallengeRefused, FactorRefused, AccountBlocked, Invalid, TooMany),
    dependencies=[Depends(limited("passkey-logins", 60, 60))],
)
async def create_passkey_login(body: PasskeyLogin, request: Request) -> LoginOut:
    """Signs in by a passkey without user name and password. It must have verified its user, by a
    finger, face or PIN, and counts as both factors.
    """
    parts, signer = request.app.state.resources, _signer(request)
    account, login = await second_factors.by_passkey(
        parts.database, parts.settings, body, shown_network(request)
    )
    return await signer.answer(account, login)


@router.post(
    "/logins/refresh",
    responses=problems(RefreshRefused, AccountBlocked, Invalid, TooMany),
    dependencies=[Depends(limited("refresh", 300, 60))],
)
async def refresh_login(body: Refresh, request: Request) -> Tokens:
    """The next pair of tokens. The old refresh token is retired; using it later ends the login."""
    database = request.app.state.resources.database
    return await renewal.renew(database, _signer(request), body.refresh_token)


@router.get(
    "/logins", responses=problems(Unauthorized, AccountBlocked, ScopeMissing, BadCursor, Invalid)
)
async def list_logins(
    session: SessionDep, user: OwnLogin, page: Paging, now: Now
) -> Page[LoginShown]:
    """One's own signed-in devices, newest first."""
    items, cursor = await service.list_page(session, user, now, page)
    return Page[LoginShown](items=items, next_cursor=cursor)


@router.delete(
    "/logins/current",
    status_code=204,
    responses=problems(Unauthorized, AccountBlocked, ScopeMissing),
)
async def delete_current_login(user: Leaver, request: Request) -> None:
    """Signs this device out; a personal token ends by `DELETE /v1/tokens/{token_id}` instead."""
    await service.sign_out(request.app.state.resources.database, user.login_id)


@router.delete(
    "/logins/others",
    status_code=204,
    responses=problems(Unauthorized, AccountBlocked, ScopeMissing),
)
async def delete_other_logins(session: SessionDep, user: OwnLogin, now: Now) -> None:
    """Signs all other devices out, and forgets them."""
    await service.end_others(session, user, now)


@router.delete(
    "/logins/{login_id}",
    status_code=204,
    responses=problems(
        Unauthorized, AccountBlocked, ScopeMissing, AccountNotFound, LoginNotFound, Invalid
    ),
)
async def delete_login(login_id: UUID, session: SessionDep, user: OwnLogin, now: Now) -> None:
    """Signs a device out, and forgets it."""
    await service.end_one(session, user, login_id, now)
