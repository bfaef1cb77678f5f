"""Marks over HTTP."""

from uuid import UUID

from fastapi import APIRouter

from libs.auth import WrongRole
from libs.deps import CurrentUser, Now, Tutor
from libs.errors import Invalid, Unauthorized, problems
from libs.hot_reads import Row
from libs.postgres_deps import ReadsDep, SessionDep
from session_service.marks import repository, service
from session_service.marks.errors import MarkNotFound
from session_service.marks.models import Mark
from session_service.marks.schemas import MarkCreate, MarkOut
from session_service.tasks.errors import SubmissionNotFound

router = APIRouter(prefix="/v1/submissions", tags=["marks"])


@router.post(
    "/{submission_id}/marks",
    status_code=201,
    response_model=MarkOut,
    responses=problems(Unauthorized, WrongRole, SubmissionNotFound, Invalid),
)
async def create_mark(
    submission_id: UUID, body: MarkCreate, session: SessionDep, user: Tutor, now: Now
) -> Mark:
    """Marks a submission; the student sees it at once. Earlier markings are kept."""
    return await service.mark(session, user, submission_id, body, now)


@router.get(
    "/{submission_id}/mark",
    response_model=MarkOut,
    responses=problems(Unauthorized, MarkNotFound, Invalid),
)
async def get_mark(submission_id: UUID, reads: ReadsDep, user: CurrentUser) -> Row:
    """The mark that counts: for the tutor, and for the student once it is released."""
    return await repository.get_for(reads, user, submission_id)
