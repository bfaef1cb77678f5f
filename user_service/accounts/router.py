"""Accounts over HTTP."""

from typing import Any

from fastapi import APIRouter, Depends, Request

from libs.auth import AccountBlocked
from libs.deps import CurrentUser, limited
from libs.errors import Invalid, TooMany, Unauthorized, problems
from libs.postgres_deps import ReadsDep
from user_service.accounts import repository, service
from user_service.accounts.errors import AccountNotFound, EmailTaken, PasswordRefused, UsernameTaken
from user_service.accounts.models import Account
from user_service.accounts.schemas import AccountCreate, AccountOut
from user_service.codes.errors import GrantRefused
from user_service.consents.errors import GuardianNeeded

router = APIRouter(prefix="/v1", tags=["accounts"])


@router.post(
    "/accounts",
    status_code=201,
    response_model=AccountOut,
    responses=problems(
        GrantRefused,
        EmailTaken,
        UsernameTaken,
        Invalid,
        PasswordRefused,
        GuardianNeeded,
        TooMany,
    ),
    dependencies=[Depends(limited("accounts", 30, 3_600, scale="network_size"))],
)
async def create_account(body: AccountCreate, request: Request) -> Account:
    """Creates an account with the grant that a verified code gave."""
    parts = request.app.state.resources
    secret = parts.settings.code_secret.get_secret_value()
    rules = parts.settings.consent_rules
    return await service.register(parts.database, parts.passwords, secret, body, rules)


@router.get(
    "/me",
    response_model=AccountOut,
    responses=problems(Unauthorized, AccountBlocked, AccountNotFound),
)
async def get_me(user: CurrentUser, reads: ReadsDep) -> Any:
    """One's own account."""
    return await repository.read_own(reads, user.account_id)
