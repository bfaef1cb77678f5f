"""Erasures over HTTP."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request

from libs.auth import AccountBlocked, LoginRevoked, ScopeMissing, WrongRole
from libs.deps import Admin, Now, OwnLogin, limited
from libs.errors import Invalid, TooMany, Unauthorized, problems
from libs.pagination import BadCursor, Page, Paging
from libs.postgres_deps import SessionDep
from user_service.accounts.errors import AccountNotFound
from user_service.accounts.leavers import LeaverDep
from user_service.admin.errors import LastAdmin
from user_service.erasures import oversight, service
from user_service.erasures.errors import (
    AlreadyErased,
    ErasureHeld,
    ErasureNotFound,
    ErasureNotScheduled,
    HoldNotFound,
    PasswordWrong,
)
from user_service.erasures.models import Hold
from user_service.erasures.schemas import (
    ErasureCreate,
    ErasureOut,
    ErasureShown,
    HoldOut,
    HoldSet,
)
from user_service.factors.errors import StepUpNeeded
from user_service.logins.errors import TooManyTries

router = APIRouter(prefix="/v1", tags=["erasures"])


@router.post(
    "/me/erasure",
    status_code=202,
    responses=problems(
        Unauthorized,
        LoginRevoked,
        AccountBlocked,
        ScopeMissing,
        PasswordWrong,
        StepUpNeeded,
        ErasureHeld,
        LastAdmin,
        Invalid,
        TooManyTries,
        TooMany,
    ),
    dependencies=[Depends(limited("erasure", 10, 3_600, by="account"))],
)
async def create_erasure(body: ErasureCreate, user: OwnLogin, request: Request) -> ErasureOut:
    """Erases one's account and data in two weeks. All logins end; until then signing in serves to
    undo this, and to fetch an export that was asked for before. Where the account has a second
    factor, it has to be shown first (`POST /v1/step-ups/factor`).
    """
    parts, password = request.app.state.resources, body.password.get_secret_value()
    return await service.schedule(parts.database, parts.limits, parts.passwords, user, password)


@router.get(
    "/me/erasure",
    responses=problems(Unauthorized, AccountBlocked, ScopeMissing, ErasureNotScheduled),
)
async def get_erasure(user: LeaverDep, session: SessionDep) -> ErasureOut:
    """When one's account will be erased."""
    return await service.get_waiting(session, user.account_id)


@router.delete(
    "/me/erasure",
    status_code=204,
    responses=problems(Unauthorized, AccountBlocked, ScopeMissing, ErasureNotScheduled),
)
async def delete_erasure(user: LeaverDep, session: SessionDep) -> None:
    """Keeps one's account after all. Sign in again, or refresh, for a token that can do more."""
    await service.undo(session, user)


@router.get(
    "/admin/erasures",
    responses=problems(Unauthorized, WrongRole, ScopeMissing, BadCursor, Invalid),
)
async def list_erasures(
    _: Admin,
    session: SessionDep,
    page: Paging,
    now: Now,
    unconfirmed: Annotated[
        bool, Query(description="Only those that some service has not confirmed for a day.")
    ] = False,
) -> Page[ErasureShown]:
    """Erasures with what each service says of them, newest first."""
    items, cursor = await oversight.list_page(session, page, now, unconfirmed=unconfirmed)
    return Page[ErasureShown](items=items, next_cursor=cursor)


@router.get(
    "/admin/erasures/{erasure_id}",
    responses=problems(Unauthorized, WrongRole, ScopeMissing, ErasureNotFound, Invalid),
)
async def get_erasure_report(erasure_id: UUID, _: Admin, session: SessionDep) -> ErasureShown:
    """One erasure: every store of every service, and how much was in it."""
    return await oversight.get(session, erasure_id)


@router.put(
    "/admin/accounts/{account_id}/hold",
    response_model=HoldOut,
    responses=problems(
        Unauthorized, WrongRole, ScopeMissing, AccountNotFound, AlreadyErased, Invalid
    ),
)
async def put_hold(
    account_id: UUID, body: HoldSet, user: Admin, session: SessionDep, now: Now
) -> Hold:
    """Keeps an account from being erased, as in a dispute."""
    return await oversight.hold(session, user, account_id, body.reason, now)


@router.delete(
    "/admin/accounts/{account_id}/hold",
    status_code=204,
    responses=problems(
        Unauthorized, WrongRole, ScopeMissing, AccountNotFound, HoldNotFound, Invalid
    ),
)
async def delete_hold(account_id: UUID, user: Admin, session: SessionDep) -> None:
    """Lets an account go: what is due is erased within minutes."""
    await oversight.release(session, user, account_id)
