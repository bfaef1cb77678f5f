"""Disputes over HTTP, for admins."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from libs.auth import ScopeMissing, WrongRole
from libs.deps import Admin
from libs.errors import Invalid, Unauthorized, problems
from libs.hot_reads import Row, RowPage
from libs.pagination import BadCursor, Page, Paging
from libs.postgres_deps import ReadsDep
from payment_service.checkouts.stripe_disputes import DisputeState
from payment_service.disputes import repository
from payment_service.disputes.errors import DisputeNotFound
from payment_service.disputes.schemas import DisputeAdminOut

router = APIRouter(prefix="/v1/admin/disputes", tags=["disputes"])


@router.get(
    "",
    response_model=Page[DisputeAdminOut],
    responses=problems(Unauthorized, WrongRole, ScopeMissing, BadCursor, Invalid),
)
async def list_disputes(
    _: Admin,
    reads: ReadsDep,
    page: Paging,
    is_open: Annotated[
        bool | None, Query(alias="open", description="Whether the bank has yet to decide.")
    ] = None,
    state: Annotated[DisputeState | None, Query()] = None,
    payment_id: Annotated[UUID | None, Query()] = None,
) -> RowPage:
    """Disputes, newest first."""
    return await repository.list_page(reads, page, is_open, state, payment_id)


@router.get(
    "/{dispute_id}",
    response_model=DisputeAdminOut,
    responses=problems(Unauthorized, WrongRole, ScopeMissing, DisputeNotFound, Invalid),
)
async def get_dispute(dispute_id: UUID, _: Admin, reads: ReadsDep) -> Row:
    """One dispute, with the time until which evidence is taken."""
    return await repository.get_shown(reads, dispute_id)
