"""Reconciliations over HTTP, for admins."""

from uuid import UUID

from fastapi import APIRouter, Depends

from libs.auth import ScopeMissing, WrongRole
from libs.deps import Admin, Now, limited
from libs.errors import Invalid, TooMany, Unauthorized, problems
from libs.hot_reads import Row, RowPage
from libs.pagination import BadCursor, Page, Paging
from libs.postgres_deps import ReadsDep, SessionDep
from payment_service.reconciliations import repository, service
from payment_service.reconciliations.errors import ReconciliationNotFound, WindowRefused
from payment_service.reconciliations.models import Reconciliation
from payment_service.reconciliations.schemas import (
    DifferenceOut,
    ReconciliationCreate,
    ReconciliationOut,
)

router = APIRouter(prefix="/v1/admin/reconciliations", tags=["reconciliations"])


@router.post(
    "",
    status_code=202,
    response_model=ReconciliationOut,
    responses=problems(Unauthorized, WrongRole, ScopeMissing, WindowRefused, Invalid, TooMany),
    dependencies=[Depends(limited("reconciliations", 10, 3_600, by="account"))],
)
async def ask_for_reconciliation(
    body: ReconciliationCreate, user: Admin, session: SessionDep, now: Now
) -> Reconciliation:
    """Lets a job compare ledger, Stripe and subscriptions over a window; what happened in the last
    ten minutes is left for the next one.
    """
    return await service.ask(session, body.since, body.until, user.account_id, now)


@router.get(
    "",
    response_model=Page[ReconciliationOut],
    responses=problems(Unauthorized, WrongRole, ScopeMissing, BadCursor, Invalid),
)
async def list_reconciliations(_: Admin, reads: ReadsDep, page: Paging) -> RowPage:
    """Those that were asked for and the nightly ones, newest first."""
    return await repository.list_page(reads, page)


@router.get(
    "/{reconciliation_id}",
    response_model=ReconciliationOut,
    responses=problems(Unauthorized, WrongRole, ScopeMissing, ReconciliationNotFound, Invalid),
)
async def get_reconciliation(reconciliation_id: UUID, _: Admin, reads: ReadsDep) -> Row:
    """How one stands."""
    return await repository.get_shown(reads, reconciliation_id)


@router.get(
    "/{reconciliation_id}/differences",
    response_model=Page[DifferenceOut],
    responses=problems(
        Unauthorized, WrongRole, ScopeMissing, ReconciliationNotFound, BadCursor, Invalid
    ),
)
async def list_differences(
    reconciliation_id: UUID, _: Admin, reads: ReadsDep, page: Paging
) -> RowPage:
    """What one has found."""
    return await repository.list_differences(reads, page, reconciliation_id)
