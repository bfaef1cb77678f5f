"""Top-ups over HTTP."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Request

from libs.auth import Principal, Role, WrongRole
from libs.deps import CurrentUser, limited, require
from libs.errors import Invalid, TooMany, Unauthorized, problems
from libs.hot_reads import Row, RowPage
from libs.idempotency import KeyReused, KeyRunning
from libs.idempotent_route import IdempotencyKey, IdempotentRoute
from libs.pagination import BadCursor, Page, Paging
from libs.postgres_deps import ReadsDep
from payment_service.checkouts.errors import CheckoutRefused, ProviderUnavailable
from payment_service.top_ups import repository, service
from payment_service.top_ups.errors import AmountOutOfRange, CurrencyNotTaken, TopUpNotFound
from payment_service.top_ups.schemas import TopUpCreate, TopUpOut

router = APIRouter(prefix="/v1/wallet/top-ups", tags=["wallets"], route_class=IdempotentRoute)

Payer = Annotated[Principal, Depends(require(Role.STUDENT, Role.TUTOR))]


@router.post(
    "",
    status_code=201,
    responses=problems(
        Unauthorized, WrongRole, CheckoutRefused, KeyRunning, Invalid, KeyReused, AmountOutOfRange,
        CurrencyNotTaken, TooMany, ProviderUnavailable,
    ),
    dependencies=[Depends(limited("top-ups", 60, 60, by="account"))],
)  # fmt: skip
async def create_top_up(
    body: TopUpCreate, user: Payer, key: IdempotencyKey, request: Request
) -> TopUpOut:
    """Opens the payment page for money into one's wallet. It is there once it is paid."""
    parts = request.app.state.resources
    service.check(parts.settings, body)
    made = await service.begin(parts.database, parts.gateway, user.account_id, body, key)
    return TopUpOut.model_validate(made)


@router.get("", response_model=Page[TopUpOut], responses=problems(Unauthorized, BadCursor, Invalid))
async def list_top_ups(user: CurrentUser, reads: ReadsDep, page: Paging) -> RowPage:
    """One's own top-ups, newest first."""
    return await repository.list_page(reads, page, user.account_id)


@router.get(
    "/{top_up_id}",
    response_model=TopUpOut,
    responses=problems(Unauthorized, TopUpNotFound, Invalid),
)
async def get_top_up(top_up_id: UUID, user: CurrentUser, reads: ReadsDep) -> Row:
    """A top-up of one's own."""
    return await repository.get_own(reads, user.account_id, top_up_id)
