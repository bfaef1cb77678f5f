"""Refunds of a payment over HTTP, for admins."""

from uuid import UUID

from fastapi import APIRouter, Depends

from libs.auth import ScopeMissing, WrongRole
from libs.deps import Admin, Now, limited
from libs.errors import Invalid, TooMany, Unauthorized, problems
from libs.hot_reads import RowPage
from libs.idempotency import KeyReused, KeyRunning
from libs.idempotent_route import ONCE, IdempotentRoute
from libs.pagination import BadCursor, Page, Paging
from libs.postgres_deps import ReadsDep, SessionDep
from payment_service.payment_refunds import service
from payment_service.payment_refunds.errors import (
    PaymentNotPaid,
    RefundTooLarge,
    TooManyLines,
    WalletOnly,
)
from payment_service.payment_refunds.schemas import RefundCreate
from payment_service.payments import repository as payments
from payment_service.payments.errors import PaymentDisputed, PaymentNotFound
from payment_service.refunds import repository as refunds
from payment_service.refunds.schemas import RefundAdminOut
from payment_service.refunds.states import RefundFilter

router = APIRouter(
    prefix="/v1/admin/payments/{payment_id}/refunds",
    tags=["refunds"],
    route_class=IdempotentRoute,
)


@router.post(
    "",
    status_code=201,
    responses=problems(
        Unauthorized, WrongRole, ScopeMissing, PaymentNotFound, PaymentNotPaid, PaymentDisputed,
        RefundTooLarge, WalletOnly, KeyRunning, Invalid, TooManyLines, KeyReused, TooMany,
    ),
    dependencies=[Depends(limited("refunds", 60, 60, by="account")), ONCE],
)  # fmt: skip
async def create_refund(
    payment_id: UUID, body: RefundCreate, session: SessionDep, user: Admin, now: Now
) -> RefundAdminOut:
    """Gives money of a payment back, to the card or into the payer's wallet. What is paid for stays
    as it is. Whatever is asked for at once, more than was paid never goes back.
    """
    refund = await service.give_back(session, payment_id, body, user.account_id, now)
    return refunds.shown(refund)


@router.get(
    "",
    response_model=Page[RefundAdminOut],
    responses=problems(Unauthorized, WrongRole, ScopeMissing, PaymentNotFound, BadCursor, Invalid),
)
async def list_refunds_of_payment(
    payment_id: UUID, _: Admin, reads: ReadsDep, page: Paging, now: Now
) -> RowPage:
    """All refunds of a payment, newest first."""
    wanted = RefundFilter(False, None, None, payment_id)
    found = await refunds.list_page(reads, page, wanted, now)
    if not found["items"]:
        await payments.require(reads, payment_id)
    return found
