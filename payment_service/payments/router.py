"""Payments over HTTP."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query

from libs.auth import Principal, Role, WrongRole
from libs.deps import Admin, Tutor, require
from libs.errors import Invalid, Unauthorized, problems
from libs.pagination import BadCursor, Page, Paging, cut
from libs.postgres_deps import SessionDep
from payment_service.payments import repository
from payment_service.payments.errors import PaymentNotFound
from payment_service.payments.models import Payment
from payment_service.payments.schemas import PaymentAdminOut, PaymentOut
from payment_service.payments.states import PaymentStatus

router = APIRouter(prefix="/v1", tags=["payments"])

TutorOrAdmin = Annotated[Principal, Depends(require(Role.TUTOR, Role.ADMIN))]


@router.get("/payments", responses=problems(Unauthorized, WrongRole, BadCursor, Invalid))
async def list_payments(user: Tutor, session: SessionDep, page: Paging) -> Page[PaymentOut]:
    """One's own payments, newest first."""
    rows, cursor = cut(await repository.list_page(session, page, user.account_id), page)
    return Page(items=[PaymentOut.model_validate(row) for row in rows], next_cursor=cursor)


@router.get(
    "/payments/{payment_id}",
    response_model=PaymentOut,
    responses=problems(Unauthorized, WrongRole, PaymentNotFound, Invalid),
)
async def get_payment(payment_id: UUID, user: TutorOrAdmin, session: SessionDep) -> Payment:
    """A payment of one's own; any for an admin."""
    return await repository.get_for(session, user, payment_id)


@router.get("/admin/payments", responses=problems(Unauthorized, WrongRole, BadCursor, Invalid))
async def list_all_payments(
    _: Admin,
    session: SessionDep,
    page: Paging,
    status: Annotated[PaymentStatus | None, Query()] = None,
    study_session_id: Annotated[UUID | None, Query()] = None,
) -> Page[PaymentAdminOut]:
    """Everybody's payments, newest first, for admins."""
    found = await repository.list_all_page(session, page, status, study_session_id)
    rows, cursor = cut(found, page)
    return Page(items=[PaymentAdminOut.model_validate(row) for row in rows], next_cursor=cursor)
