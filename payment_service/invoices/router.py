"""Invoices and billing details over HTTP."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response

from libs.auth import Principal, Role, ScopeMissing, WrongRole
from libs.deps import Admin, Now, Tutor, require
from libs.errors import Invalid, Unauthorized, problems
from libs.hot_reads import Row, RowPage
from libs.pagination import BadCursor, Page, Paging
from libs.postgres_deps import ReadsDep, SessionDep
from payment_service.invoices import repository, service
from payment_service.invoices.errors import BillingDetailsNotFound, InvoiceNotFound
from payment_service.invoices.models import BillingDetails
from payment_service.invoices.schemas import (
    BillingDetailsOut,
    BillingDetailsUpdate,
    InvoiceAdminOut,
    InvoiceOut,
    InvoicePdfOut,
    InvoiceSummaryOut,
)
from payment_service.invoices.states import InvoiceKind

router = APIRouter(prefix="/v1", tags=["invoices"])

TutorOrAdmin = Annotated[Principal, Depends(require(Role.TUTOR, Role.ADMIN))]
Kind = Annotated[InvoiceKind | None, Query()]
SOON = "2"
"""Seconds until a PDF that was asked for may be there."""
PENDING: dict[int | str, dict[str, Any]] = {
    202: {"description": "It is being made: ask again after `Retry-After` seconds."}
}


@router.get(
    "/billing-details",
    response_model=BillingDetailsOut,
    responses=problems(Unauthorized, WrongRole, BillingDetailsNotFound),
)
async def get_billing_details(user: Tutor, reads: ReadsDep) -> Row:
    """Whom one's next invoices are made out to."""
    return await repository.get_details(reads, user.account_id)


@router.put(
    "/billing-details",
    response_model=BillingDetailsOut,
    responses=problems(Unauthorized, WrongRole, Invalid),
)
async def save_billing_details(
    body: BillingDetailsUpdate, user: Tutor, session: SessionDep, now: Now
) -> BillingDetails:
    """Says whom one's next invoices are made out to; what was issued stays as it is."""
    return await repository.save_details(session, user.account_id, body, now)


@router.get(
    "/invoices",
    response_model=Page[InvoiceSummaryOut],
    responses=problems(Unauthorized, WrongRole, BadCursor, Invalid),
)
async def list_invoices(user: Tutor, reads: ReadsDep, page: Paging, kind: Kind = None) -> RowPage:
    """One's own invoices and credit notes, newest first."""
    return await repository.list_page(reads, page, user.account_id, kind)


@router.get(
    "/invoices/{invoice_id}",
    responses=problems(Unauthorized, WrongRole, InvoiceNotFound, Invalid),
)
async def get_invoice(invoice_id: UUID, user: TutorOrAdmin, reads: ReadsDep) -> InvoiceOut:
    """An invoice or credit note of one's own, with all that stands in its PDF; any for an admin."""
    return await service.get_for(reads, user, invoice_id)


@router.get(
    "/invoices/{invoice_id}/pdf",
    response_model=InvoicePdfOut,
    responses={**problems(Unauthorized, WrongRole, InvoiceNotFound, Invalid), **PENDING},
)
async def get_invoice_pdf(
    invoice_id: UUID, user: TutorOrAdmin, session: SessionDep, request: Request, now: Now
) -> InvoicePdfOut | Response:
    """An address that saves the PDF, good for five minutes."""
    objects = request.app.state.resources.objects
    found = await service.find_pdf(session, objects, user, invoice_id, now)
    return found or Response(status_code=202, headers={"Retry-After": SOON})


@router.get(
    "/admin/invoices",
    response_model=Page[InvoiceAdminOut],
    responses=problems(Unauthorized, WrongRole, ScopeMissing, BadCursor, Invalid),
)
async def list_all_invoices(
    _: Admin,
    reads: ReadsDep,
    page: Paging,
    kind: Kind = None,
    tutor_id: Annotated[UUID | None, Query()] = None,
) -> RowPage:
    """Everybody's invoices and credit notes, newest first, for admins."""
    return await repository.list_all_page(reads, page, kind, tutor_id)
