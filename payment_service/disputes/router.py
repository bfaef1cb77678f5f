"""Disputes over HTTP, for admins."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query

from libs.auth import ScopeMissing, WrongRole
from libs.deps import Admin, Now, limited
from libs.errors import Invalid, TooMany, Unauthorized, problems
from libs.hot_reads import RowPage
from libs.idempotency import KeyReused, KeyRunning
from libs.idempotent_route import ONCE, IdempotentRoute
from libs.pagination import BadCursor, Page, Paging
from libs.postgres_deps import ReadsDep, SessionDep
from payment_service.disputes import evidence, repository
from payment_service.disputes.errors import DisputeNotFound, DisputeOver, EvidenceGiven
from payment_service.disputes.models import Dispute
from payment_service.disputes.schemas import DisputeAdminOut, EvidenceCreate
from payment_service.disputes.states import DisputeFilter, DisputeState

router = APIRouter(prefix="/v1/admin/disputes", tags=["disputes"], route_class=IdempotentRoute)


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


@router.post(
    "/{dispute_id}/evidence",
    status_code=202,
    response_model=DisputeAdminOut,
    responses=problems(
        Unauthorized, WrongRole, ScopeMissing, DisputeNotFound, DisputeOver, EvidenceGiven,
        KeyRunning, Invalid, KeyReused, TooMany,
    ),
    dependencies=[Depends(limited("evidence", 60, 60, by="account")), ONCE],
)  # fmt: skip
async def give_evidence(
    dispute_id: UUID, body: EvidenceCreate, user: Admin, session: SessionDep, now: Now
) -> Dispute:
    """Sends the payer's bank what speaks for us. It is taken once; what the provider has refused
    can be given anew.
    """
    return await evidence.give(session, dispute_id, body.evidence, user.account_id, now)
