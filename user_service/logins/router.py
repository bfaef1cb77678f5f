"""Logins over HTTP."""

from fastapi import APIRouter, Depends, Request

from libs.auth import AccountBlocked
from libs.deps import CurrentUser, limited
from libs.errors import Invalid, TooMany, Unauthorized, problems
from user_service.accounts.schemas import AccountOut
from user_service.logins import service
from user_service.logins.errors import CredentialsRefused, RefreshRefused, TooManyTries
from user_service.logins.schemas import LoginCreate, LoginOut, Refresh, Tokens

router = APIRouter(prefix="/v1/logins", tags=["logins"])


def _signer(request: Request) -> service.Signer:
    parts = request.app.state.resources
    return service.Signer(parts.keys, parts.settings)


@router.post(
    "",
    status_code=201,
    responses=problems(CredentialsRefused, AccountBlocked, Invalid, TooManyTries),
    dependencies=[Depends(limited("logins", 60, 60))],
)
async def create_login(body: LoginCreate, request: Request) -> LoginOut:
    """Signs in by e-mail address or user name."""
    parts, signer = request.app.state.resources, _signer(request)
    address = request.client.host if request.client else "unknown"
    await service.throttle(parts.limits, signer.secret, body.identifier, address)
    account, tokens = await service.sign_in(parts.database, parts.passwords, signer, body)
    await service.forgive(parts.limits, signer.secret, body.identifier, address)
    return LoginOut(**tokens.model_dump(), account=AccountOut.model_validate(account))


@router.post(
    "/refresh",
    responses=problems(RefreshRefused, Invalid, TooMany),
    dependencies=[Depends(limited("refresh", 300, 60))],
)
async def refresh_login(body: Refresh, request: Request) -> Tokens:
    """The next pair of tokens. The old refresh token is retired; using it later ends the login."""
    database = request.app.state.resources.database
    return await service.renew(database, _signer(request), body.refresh_token)


@router.delete("/current", status_code=204, responses=problems(Unauthorized, AccountBlocked))
async def delete_current_login(user: CurrentUser, request: Request) -> None:
    """Signs this device out."""
    await service.sign_out(request.app.state.resources.database, user.login_id)
