"""Wallets over HTTP: one's own, and for admins."""

from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response

from libs.auth import ScopeMissing, WrongRole
from libs.deps import Admin, CurrentUser, Now, limited
from libs.errors import Invalid, TooMany, Unauthorized, problems
from libs.hot_reads import Row, RowPage
from libs.pagination import BadCursor, Page, Paging
from libs.postgres_deps import ReadsDep, SessionDep
from payment_service.wallets import repository, service, statements
from payment_service.wallets.errors import (
    AlreadyFrozen,
    BadPeriod,
    StatementTooLong,
    WalletNotFound,
)
from payment_service.wallets.periods import Period
from payment_service.wallets.schemas import (
    HOME_CURRENCY,
    Currency,
    Freeze,
    StatementOut,
    WalletActOut,
    WalletAdminOut,
    WalletOut,
)

router = APIRouter(prefix="/v1/wallet", tags=["wallets"])
admin_router = APIRouter(prefix="/v1/admin/wallets", tags=["wallets"])

CurrencyDep = Annotated[Currency, Query(description="ISO 4217.")]


async def get_period(
    now: Now,
    first_day: Annotated[
        date | None,
        Query(alias="from", description="First day, in UTC; else that of the last one's month."),
    ] = None,
    last_day: Annotated[
        date | None, Query(alias="to", description="Last day, in UTC; else today.")
    ] = None,
) -> Period:
    """The days of a statement. Raises `BadPeriod`."""
    return Period.of(first_day, last_day, now)


PeriodDep = Annotated[Period, Depends(get_period)]


@router.get("", response_model=WalletOut, responses=problems(Unauthorized, Invalid))
async def get_wallet(
    user: CurrentUser, reads: ReadsDep, currency: CurrencyDep = HOME_CURRENCY
) -> Row:
    """One's own wallet in a currency; empty and without a number as long as nothing came in."""
    return await repository.see(reads, user.account_id, currency)


@router.get("/statement", responses=problems(Unauthorized, BadCursor, BadPeriod, Invalid))
async def get_statement(
    user: CurrentUser,
    reads: ReadsDep,
    page: Paging,
    period: PeriodDep,
    currency: CurrencyDep = HOME_CURRENCY,
) -> StatementOut:
    """What happened in one's own wallet on some days in UTC, oldest first."""
    return await statements.read(reads, user.account_id, currency, period, page)


@router.get(
    "/statement.csv",
    response_class=Response,
    responses={
        200: {"content": {"text/csv": {}}, "description": "The file."},
        **problems(Unauthorized, BadPeriod, StatementTooLong, TooMany, Invalid),
    },
    dependencies=[Depends(limited("wallet-files", 60, 3_600, by="account"))],
)
async def export_statement(
    user: CurrentUser, reads: ReadsDep, period: PeriodDep, currency: CurrencyDep = HOME_CURRENCY
) -> Response:
    """The same as a CSV file of up to 10,000 lines, amounts in minor units."""
    text = await statements.write(reads, user.account_id, currency, period)
    headers = {"Content-Disposition": 'attachment; filename="statement.csv"'}
    return Response(text, media_type="text/csv", headers=headers)


@admin_router.get(
    "",
    response_model=Page[WalletAdminOut],
    responses=problems(Unauthorized, WrongRole, ScopeMissing, BadCursor, Invalid),
)
async def list_wallets(
    _: Admin,
    reads: ReadsDep,
    page: Paging,
    frozen: Annotated[bool | None, Query()] = None,
    owner_id: Annotated[UUID | None, Query()] = None,
) -> RowPage:
    """Everybody's wallets, newest first."""
    return await repository.list_page(reads, page, frozen, owner_id)


@admin_router.get(
    "/{wallet_id}/acts",
    response_model=Page[WalletActOut],
    responses=problems(Unauthorized, WrongRole, ScopeMissing, WalletNotFound, BadCursor, Invalid),
)
async def list_wallet_acts(wallet_id: UUID, _: Admin, reads: ReadsDep, page: Paging) -> RowPage:
    """What admins did to a wallet and why, newest first; never changed."""
    return await repository.list_acts(reads, page, wallet_id)


@admin_router.post(
    "/{wallet_id}/freeze",
    response_model=WalletAdminOut,
    responses=problems(
        Unauthorized, WrongRole, ScopeMissing, WalletNotFound, AlreadyFrozen, Invalid
    ),
)
async def freeze_wallet(
    wallet_id: UUID, body: Freeze, user: Admin, session: SessionDep, now: Now
) -> object:
    """Lets no money out of a wallet; what comes in is taken. Its owner is told so, not why."""
    return await service.freeze(session, wallet_id, user.account_id, body.reason, now)


@admin_router.delete(
    "/{wallet_id}/freeze",
    status_code=204,
    responses=problems(Unauthorized, WrongRole, ScopeMissing, WalletNotFound, Invalid),
)
async def thaw_wallet(wallet_id: UUID, user: Admin, session: SessionDep, now: Now) -> None:
    """Ends a freeze; a wallet that is not frozen stays as it is."""
    await service.thaw(session, wallet_id, user.account_id, now)
