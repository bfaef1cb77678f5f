"""Approvals over HTTP; the admin's yes is with the class itself."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query

from libs.auth import Principal, Role, ScopeMissing, WrongRole
from libs.deps import Admin, Now, require
from libs.errors import Invalid, Unauthorized, problems
from libs.hot_reads import Row, RowPage
from libs.idempotency import KeyReused, KeyRunning
from libs.idempotent_route import ONCE, IdempotentRoute
from libs.pagination import BadCursor, Page, Paging
from libs.postgres_deps import ReadsDep, SessionDep
from session_service.approvals import repository, service
from session_service.approvals.errors import RejectionNotFound
from session_service.approvals.repository import ApprovalFilter
from session_service.approvals.schemas import (
    ApprovalOut,
    ApprovalState,
    RejectionCreate,
    RejectionOut,
)
from session_service.study_sessions.errors import StudySessionNotFound, TransitionForbidden

router = APIRouter(prefix="/v1", tags=["approvals"], route_class=IdempotentRoute)

TutorOrAdmin = Annotated[Principal, Depends(require(Role.TUTOR, Role.ADMIN))]


async def get_filter(
    stuck: Annotated[
        bool, Query(description="Only those that need an operator, see `stuck`.")
    ] = False,
    state: Annotated[ApprovalState | None, Query()] = None,
) -> ApprovalFilter:
    """The query parameters that narrow the list."""
    return ApprovalFilter(stuck, state)


@router.post(
    "/study-sessions/{study_session_id}/rejection",
    responses=problems(
        Unauthorized, WrongRole, ScopeMissing, StudySessionNotFound, TransitionForbidden,
        KeyRunning, Invalid, KeyReused,
    ),
    dependencies=[ONCE],
)  # fmt: skip
async def reject_study_session(
    study_session_id: UUID, body: RejectionCreate, session: SessionDep, user: Admin, now: Now
) -> RejectionOut:
    """Refuses a pending class for good; what was paid for it, or will be, goes back."""
    return await service.reject(session, user, study_session_id, body.reason, now)


@router.get(
    "/study-sessions/{study_session_id}/rejection",
    response_model=RejectionOut,
    responses=problems(Unauthorized, WrongRole, RejectionNotFound, Invalid),
)
async def get_rejection(study_session_id: UUID, reads: ReadsDep, user: TutorOrAdmin) -> Row:
    """Why a class was refused, and how far the money is on its way back: for its owner and
    admins.
    """
    return await repository.get_rejection(reads, user, study_session_id)


@router.get(
    "/admin/approvals",
    response_model=Page[ApprovalOut],
    responses=problems(Unauthorized, WrongRole, ScopeMissing, BadCursor, Invalid),
)
async def list_approvals(
    _: Admin,
    reads: ReadsDep,
    page: Paging,
    wanted: Annotated[ApprovalFilter, Depends(get_filter)],
    now: Now,
) -> RowPage:
    """Classes that are pending or rejected, newest first: what waits for an admin, for money, or
    for the end of a refund.
    """
    return await repository.list_page(reads, page, wanted, now)
