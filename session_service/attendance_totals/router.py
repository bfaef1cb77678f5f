"""Totals of attendance over HTTP."""

from uuid import UUID

from fastapi import APIRouter

from libs.deps import CurrentUser, Now
from libs.errors import Invalid, Unauthorized, problems
from libs.hot_reads import RowPage
from libs.pagination import BadCursor, Page, Paging
from libs.postgres_deps import ReadsDep
from session_service.attendance_totals import service
from session_service.attendance_totals.schemas import TotalsOut
from session_service.study_sessions.errors import StudySessionNotFound

router = APIRouter(prefix="/v1", tags=["attendance"])


@router.get(
    "/study-sessions/{study_session_id}/attendance-totals",
    response_model=Page[TotalsOut],
    responses=problems(Unauthorized, StudySessionNotFound, BadCursor, Invalid),
)
async def list_attendance_totals(
    study_session_id: UUID, reads: ReadsDep, user: CurrentUser, now: Now, page: Paging
) -> RowPage:
    """How often each student of a class was there, as far as one may see it."""
    return await service.list_page(reads, user, study_session_id, now, page)
