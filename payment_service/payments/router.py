"""Payments over HTTP."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query

from libs.auth import Principal, Role, ScopeMissing, WrongRole
from libs.deps import Admin, Tutor, require
from libs.errors import Invalid, Unauthorized, problems
from libs.hot_reads import Row, RowPage
from libs.pagination import BadCursor, Page, Paging
from libs.postgres_deps import ReadsDep
from payment_service.payments import repository
from payment_service.payments.errors import PaymentNotFound
from payment_service.payments.schemas import PaymentAdminOut, PaymentOut, RefundOut
from payment_service.payments.states import PaymentStatus

router = APIRouter(prefix="/v1", tags=["payments"])

TutorOrAdmin = Annotated[Principal, Depends(require(Role.TUTOR, Role.ADMIN))]


@router.get(
    "/payments",
    response_model=Page[PaymentOut],
    responses=problems(Unauthorized, WrongRole, BadCursor, Invalid),
)
async def list_payments(user: Tutor, reads: ReadsDep, page: Paging) -> RowPage:
    """One's own payments, newest first."""
    return await repository.list_page(reads, page, user.account_id)


@router.get(
    "/payments/{payment_id}",
    response_model=PaymentOut,
    responses=problems(Unauthorized, WrongRole, PaymentNotFound, Invalid),
)
async def get_payment(payment_id: UUID, user: TutorOrAdmin, reads: ReadsDep) -> Row:
    """A payment of one's own; any for an admin."""
    return await repository.get_for(reads, user, payment_id)


@router.get(
    "/payments/{payment_id}/refunds",
    response_model=Page[RefundOut],
    responses=problems(Unauthorized, WrongRole, PaymentNotFound, BadCursor, Invalid),
)
async def list_own_refunds(payment_id: UUID, user: Tutor, reads: ReadsDep, page: Paging) -> RowPage:
    """What goes back of a payment of one's own, newest first."""
    return await repository.list_own_refunds(reads, page, user.account_id, payment_id)


@router.get(
    "/admin/payments",
    response_model=Page[PaymentAdminOut],
    responses=problems(Unauthorized, WrongRole, ScopeMissing, BadCursor, Invalid),
)
async def list_all_payments(
    _: Admin,
    reads: ReadsDep,
    page: Paging,
    status: Annotated[PaymentStatus | None, Query()] = None,
    study_session_id: Annotated[UUID | None, Query()] = None,
) -> RowPage:
    """Everybody's payments, newest first, for admins."""
    return await repository.list_all_page(reads, page, status, study_session_id)
