"""Refunds over HTTP, for admins."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response

from libs.auth import ScopeMissing, WrongRole
from libs.deps import Admin, Now
from libs.errors import Invalid, Unauthorized, problems
from libs.hot_reads import RowPage
from libs.idempotency import KeyReused, KeyRunning
from libs.idempotent_route import ONCE, IdempotentRoute
from libs.pagination import BadCursor, Page, Paging
from libs.postgres_deps import ReadsDep, SessionDep
from payment_service.refunds import repository, service
from payment_service.refunds.errors import (
    RefundNotCancelable,
    RefundNotFailed,
    RefundNotFound,
)
from payment_service.refunds.schemas import RefundAdminOut
from payment_service.refunds.states import RefundFilter, RefundState

router = APIRouter(prefix="/v1/admin/refunds", tags=["refunds"], route_class=IdempotentRoute)


async def get_filter(
    stuck: Annotated[
        bool, Query(description="Only those that failed, or have not ended after five minutes.")
    ] = False,
    state: Annotated[RefundState | None, Query()] = None,
    study_session_id: Annotated[UUID | None, Query()] = None,
    payment_id: Annotated[UUID | None, Query()] = None,
) -> RefundFilter:
    """The query parameters that narrow the list."""
    return RefundFilter(stuck, state, study_session_id, payment_id)


@router.get(
    "",
    response_model=Page[RefundAdminOut],
    responses=problems(Unauthorized, WrongRole, ScopeMissing, BadCursor, Invalid),
)
async def list_refunds(
    _: Admin,
    reads: ReadsDep,
    page: Paging,
    wanted: Annotated[RefundFilter, Depends(get_filter)],
    now: Now,
) -> RowPage:
    """Refunds, newest first."""
    return await repository.list_page(reads, page, wanted, now)


@router.post(
    "/{refund_id}/retry",
    status_code=202,
    response_class=Response,
    responses=problems(
        Unauthorized, WrongRole, ScopeMissing, RefundNotFound, RefundNotFailed, Invalid
    ),
)
async def retry_refund(refund_id: UUID, _: Admin, session: SessionDep, now: Now) -> Response:
    """Lets a failed refund begin again, once what the provider refused it for is mended."""
    await service.retry(session, refund_id, now)
    return Response(status_code=202)


@router.post(
    "/{refund_id}/to-wallet",
    responses=problems(
        Unauthorized, WrongRole, ScopeMissing, RefundNotFound, RefundNotFailed, KeyRunning, Invalid,
        KeyReused,
    ),
    dependencies=[ONCE],
)  # fmt: skip
async def refund_to_wallet(
    refund_id: UUID, _: Admin, session: SessionDep, now: Now
) -> RefundAdminOut:
    """Puts a failed refund into the payer's wallet instead of onto the card; the payer is told."""
    return repository.shown(await service.redirect(session, refund_id, now))


@router.post(
    "/{refund_id}/cancel",
    responses=problems(
        Unauthorized, WrongRole, ScopeMissing, RefundNotFound, RefundNotFailed,
        RefundNotCancelable, KeyRunning, Invalid, KeyReused,
    ),
    dependencies=[ONCE],
)  # fmt: skip
async def cancel_refund(refund_id: UUID, _: Admin, session: SessionDep, now: Now) -> RefundAdminOut:
    """Takes a failed refund back that an admin made: the money is the platform's again, and can be
    given back by another one.
    """
    return repository.shown(await service.cancel(session, refund_id, now))
