"""Make-up credits over HTTP."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from libs.auth import WrongRole
from libs.deps import CurrentUser, Now, Tutor
from libs.errors import Invalid, Unauthorized, problems
from libs.hot_reads import RowPage
from libs.idempotency import KeyReused, KeyRunning
from libs.idempotent_route import ONCE, IdempotentRoute
from libs.pagination import BadCursor, Page, Paging
from libs.postgres_deps import ReadsDep, SessionDep
from session_service.credits import repository, service
from session_service.credits.errors import CreditGiven, CreditNotFound, CreditSpent
from session_service.credits.models import Credit
from session_service.credits.schemas import CreditCreate, CreditOut
from session_service.study_sessions.errors import StudySessionNotFound

router = APIRouter(prefix="/v1", tags=["make-up credits"], route_class=IdempotentRoute)


@router.post(
    "/study-sessions/{study_session_id}/credits",
    status_code=201,
    response_model=CreditOut,
    responses=problems(
        Unauthorized, WrongRole, StudySessionNotFound, CreditGiven, KeyRunning, Invalid, KeyReused
    ),
    dependencies=[ONCE],
)
async def create_credit(
    study_session_id: UUID, body: CreditCreate, session: SessionDep, user: Tutor, now: Now
) -> Credit:
    """Gives a student a make-up lesson; a lesson gives each student one at most."""
    return await service.create(session, user, study_session_id, body, now)


@router.get(
    "/credits",
    response_model=Page[CreditOut],
    responses=problems(Unauthorized, BadCursor, Invalid),
)
async def list_credits(
    reads: ReadsDep,
    user: CurrentUser,
    page: Paging,
    study_session_id: Annotated[UUID | None, Query(description="Only of this class.")] = None,
) -> RowPage:
    """Make-up credits, newest first: one's own; for those who teach or help, the class's."""
    return await repository.list_page(reads, user, page, study_session_id)


@router.post(
    "/credits/{credit_id}/revocation",
    response_model=CreditOut,
    responses=problems(Unauthorized, WrongRole, CreditNotFound, CreditSpent, Invalid),
)
async def revoke_credit(credit_id: UUID, session: SessionDep, user: Tutor, now: Now) -> Credit:
    """Takes back a credit that is not used."""
    return await service.revoke(session, user, credit_id, now)
