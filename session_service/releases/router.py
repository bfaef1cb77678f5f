"""Releases of marks over HTTP."""

from uuid import UUID

from fastapi import APIRouter

from libs.auth import WrongRole
from libs.deps import Now, Tutor
from libs.errors import Invalid, Unauthorized, problems
from libs.hot_reads import RowPage
from libs.idempotency import KeyReused, KeyRunning
from libs.idempotent_route import ONCE, IdempotentRoute
from libs.pagination import BadCursor, Page, Paging
from libs.postgres_deps import ReadsDep, SessionDep
from session_service.releases import service
from session_service.releases.errors import (
    NothingToRelease,
    ReleaseNotFound,
    ReleaseSettled,
    ReleaseUndone,
)
from session_service.releases.schemas import ReleaseCreate, ReleaseOut
from session_service.study_sessions.errors import StudySessionNotFound

router = APIRouter(prefix="/v1", tags=["marks"], route_class=IdempotentRoute)


@router.post(
    "/study-sessions/{study_session_id}/mark-releases",
    status_code=201,
    responses=problems(
        Unauthorized, WrongRole, StudySessionNotFound, NothingToRelease, KeyRunning, Invalid,
        KeyReused,
    ),
    dependencies=[ONCE],
)  # fmt: skip
async def release_marks(
    study_session_id: UUID, body: ReleaseCreate, session: SessionDep, user: Tutor, now: Now
) -> ReleaseOut:
    """Shows drafts to their students, all at once; each student gets one notification."""
    return await service.release(session, user, study_session_id, body, now)


@router.get(
    "/study-sessions/{study_session_id}/mark-releases",
    response_model=Page[ReleaseOut],
    responses=problems(Unauthorized, WrongRole, StudySessionNotFound, BadCursor, Invalid),
)
async def list_mark_releases(
    study_session_id: UUID, reads: ReadsDep, user: Tutor, page: Paging
) -> RowPage:
    """What was shown when and by whom, newest first."""
    return await service.list_page(reads, user, study_session_id, page)


@router.post(
    "/mark-releases/{release_id}/undo",
    responses=problems(
        Unauthorized, WrongRole, ReleaseNotFound, ReleaseSettled, ReleaseUndone, Invalid
    ),
)
async def undo_mark_release(
    release_id: UUID, session: SessionDep, user: Tutor, now: Now
) -> ReleaseOut:
    """Hides what a release has shown, within ten minutes of it."""
    return await service.undo(session, user, release_id, now)
