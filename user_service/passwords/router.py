"""New passwords over HTTP."""

from fastapi import APIRouter, Depends, Request

from libs.auth import AccountBlocked, LoginRevoked, ScopeMissing
from libs.deps import OwnLogin, limited, network
from libs.errors import Invalid, TooMany, Unauthorized, problems
from user_service.accounts.errors import AccountNotFound, PasswordRefused
from user_service.codes.errors import GrantRefused
from user_service.factors.errors import StepUpNeeded
from user_service.logins.errors import TooManyTries
from user_service.passwords import service
from user_service.passwords.errors import OldPasswordWrong, PasswordMissing
from user_service.passwords.schemas import PasswordChange, PasswordReset

router = APIRouter(prefix="/v1", tags=["passwords"])


def _desk(request: Request) -> service.Desk:
    parts = request.app.state.resources
    return service.Desk(parts.database, parts.passwords, parts.limits, parts.settings)


@router.post(
    "/password-resets",
    status_code=204,
    responses=problems(GrantRefused, Invalid, PasswordRefused, TooMany),
    dependencies=[Depends(limited("password-resets", 30, 3_600))],
)
async def create_password_reset(body: PasswordReset, request: Request) -> None:
    """Sets a new password with the grant that a verified code gave. All logins end, and the owner
    is told.
    """
    await service.reset(_desk(request), body, network(request))


@router.put(
    "/me/password",
    status_code=204,
    responses=problems(
        Unauthorized, LoginRevoked, AccountBlocked, ScopeMissing, OldPasswordWrong, StepUpNeeded,
        AccountNotFound, PasswordMissing, Invalid, PasswordRefused, TooManyTries,
    ),
)  # fmt: skip
async def change_password(body: PasswordChange, request: Request, user: OwnLogin) -> None:
    """Changes one's password. All other logins end, and the owner is told. Where the account has a
    second factor, it has to be shown first (`POST /v1/step-ups/factor`).
    """
    await service.change(_desk(request), user, body)
