"""Personal access tokens over HTTP."""

from uuid import UUID

from fastapi import APIRouter, Depends, Request

from libs.auth import AccountBlocked, LoginRevoked, ScopeMissing
from libs.deps import OwnLogin, limited
from libs.errors import Invalid, TooMany, Unauthorized, problems
from libs.pagination import BadCursor, Page, Paging
from libs.postgres_deps import SessionDep
from user_service.accounts.errors import AccountNotFound
from user_service.factors.errors import StepUpNeeded
from user_service.logins.tokens import Signer
from user_service.tokens import service
from user_service.tokens.errors import (
    ScopeRefused,
    ScopesNotForAdmins,
    TokenNotFound,
    TokenRefused,
    TooManyTokens,
)
from user_service.tokens.schemas import (
    ExchangeCreate,
    Exchanged,
    TokenCreate,
    TokenMade,
    TokenOut,
)

router = APIRouter(prefix="/v1/tokens", tags=["tokens"])
_REFUSALS = (Unauthorized, LoginRevoked, AccountBlocked, ScopeMissing, Invalid)


@router.post(
    "",
    status_code=201,
    responses=problems(
        *_REFUSALS, StepUpNeeded, ScopesNotForAdmins, AccountNotFound, TooManyTokens
    ),
)
async def create_token(
    body: TokenCreate, user: OwnLogin, session: SessionDep, request: Request
) -> TokenMade:
    """Makes a token for a program that acts for you: 20 per account, a year at most. It needs a
    sign-in or step-up of the last five minutes, and an admin's may only read.
    """
    settings = request.app.state.resources.settings
    token, plain = await service.make(session, settings, user, body)
    return TokenMade(**TokenOut.model_validate(token).model_dump(), token=plain)


@router.get("", responses=problems(*_REFUSALS, BadCursor))
async def list_tokens(user: OwnLogin, session: SessionDep, page: Paging) -> Page[TokenOut]:
    """One's own tokens that are not revoked, newest first."""
    rows, cursor = await service.list_page(session, user, page)
    return Page(items=[TokenOut.model_validate(row) for row in rows], next_cursor=cursor)


@router.delete("/{token_id}", status_code=204, responses=problems(*_REFUSALS, TokenNotFound))
async def delete_token(token_id: UUID, user: OwnLogin, session: SessionDep) -> None:
    """Revokes a token: within seconds no service takes what it was exchanged for."""
    await service.revoke(session, user, token_id)


@router.post(
    "/exchanges",
    responses=problems(TokenRefused, ScopeRefused, AccountBlocked, Invalid, TooMany),
    dependencies=[Depends(limited("exchanges", 120, 60))],
)
async def exchange_token(body: ExchangeCreate, request: Request) -> Exchanged:
    """Exchanges a personal access token for an access token of ten minutes with its scopes, or
    fewer, in the manner of RFC 8693.
    """
    parts = request.app.state.resources
    signer = Signer(parts.keys, parts.settings)
    return await service.exchange(parts.database, parts.limits, signer, body)
