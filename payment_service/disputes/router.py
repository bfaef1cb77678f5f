"""Disputes over HTTP, for admins."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query

from libs.auth import ScopeMissing, WrongRole
from libs.deps import Admin
from libs.errors import Invalid, Unauthorized, problems
from libs.hot_reads import RowPage
from libs.pagination import BadCursor, Page, Paging
from libs.postgres_deps import ReadsDep
from payment_service.disputes import repository
from payment_service.disputes.schemas import DisputeAdminOut
from payment_service.disputes.states import DisputeFilter, DisputeState

router = APIRouter(prefix="/v1/admin/disputes", tags=["disputes"])


async def get_filter(
    state: Annotated[DisputeState | None, Query()] = None,
    owner_id: Annotated[UUID | None, Query()] = None,
) -> DisputeFilter:
    """The query parameters that narrow the list."""
    return DisputeFilter(state, owner_id)


@router.get(
    "",
    response_model=Page[DisputeAdminOut],
    responses=problems(Unauthorized, WrongRole, ScopeMissing, BadCursor, Invalid),
)
async def list_disputes(
    _: Admin,
    reads: ReadsDep,
    page: Paging,
    wanted: Annotated[DisputeFilter, Depends(get_filter)],
) -> RowPage:
    """What payers have asked their banks to give back, newest first."""
    return await repository.list_page(reads, page, wanted)
