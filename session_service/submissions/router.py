"""Submissions over HTTP, and drafts of them."""

from uuid import UUID

from fastapi import APIRouter

from libs.auth import WrongRole
from libs.deps import CurrentUser, Now, Student, Tutor
from libs.errors import Invalid, Unauthorized, problems
from libs.etags import TagsDep
from libs.hot_reads import Row, RowPage
from libs.idempotency import KeyReused, KeyRunning
from libs.idempotent_route import HotOnceDep, IdempotentRoute
from libs.pagination import BadCursor, Page, Paging
from libs.postgres_deps import ReadsDep, SessionDep
from session_service.study_sessions.errors import StudySessionIsSuspended, StudySessionNotOpen
from session_service.submissions import repository, service
from session_service.submissions.errors import (
    DraftStale,
    SubmissionNotFound,
    SubmissionSuperseded,
    TooManyVersions,
)
from session_service.submissions.schemas import (
    DraftOut,
    DraftSave,
    ReturnCreate,
    SubmissionCreate,
    SubmissionOut,
)
from session_service.tasks.errors import TaskClosed, TaskNotFound

router = APIRouter(prefix="/v1", tags=["submissions"], route_class=IdempotentRoute)


@router.post(
    "/tasks/{task_id}/submissions",
    status_code=201,
    responses=problems(
        Unauthorized, WrongRole, TaskNotFound, TaskClosed, StudySessionIsSuspended,
        StudySessionNotOpen, KeyRunning, DraftStale, TooManyVersions, Invalid, KeyReused,
    ),
)  # fmt: skip
async def submit_task(
    task_id: UUID, body: SubmissionCreate, session: HotOnceDep, user: Student, now: Now
) -> SubmissionOut:
    """Hands in a version of the work: until the task is due, late as far as its policy takes late
    work, and while the newest version is given back.
    """
    return await service.submit(session, user, task_id, body, now)


@router.get(
    "/tasks/{task_id}/submissions",
    response_model=Page[SubmissionOut],
    responses=problems(Unauthorized, TaskNotFound, BadCursor, Invalid),
)
async def list_submissions(
    task_id: UUID, reads: ReadsDep, user: CurrentUser, page: Paging
) -> RowPage:
    """A task's submissions, newest first: all for its tutor, the own for a student."""
    return await service.list_page(reads, user, task_id, page)


@router.get(
    "/submissions/{submission_id}",
    response_model=SubmissionOut,
    responses=problems(Unauthorized, SubmissionNotFound, Invalid),
)
async def get_submission(submission_id: UUID, reads: ReadsDep, user: CurrentUser) -> Row:
    """One submission: for its student and the tutor."""
    return await repository.get_for(reads, user, submission_id)


@router.post(
    "/submissions/{submission_id}/return",
    response_model=SubmissionOut,
    responses=problems(
        Unauthorized, WrongRole, SubmissionNotFound, SubmissionSuperseded, StudySessionIsSuspended,
        StudySessionNotOpen, Invalid,
    ),
)  # fmt: skip
async def return_submission(
    submission_id: UUID, body: ReturnCreate, session: SessionDep, user: Tutor, now: Now
) -> Row:
    """Gives the newest version back to be done again: its student may hand in another one at any
    time, which is as late as this one.
    """
    return await service.give_back(session, user, submission_id, body, now)


@router.get(
    "/tasks/{task_id}/draft",
    response_model=DraftOut,
    responses=problems(Unauthorized, WrongRole, TaskNotFound, Invalid),
)
async def get_draft(task_id: UUID, reads: ReadsDep, user: Student, tags: TagsDep) -> Row:
    """What is saved of one's work on a task. Its `ETag` is needed to save it again."""
    found = await service.get_draft(reads, user, task_id)
    tags.show(found["revision"])
    return found


@router.put(
    "/tasks/{task_id}/draft",
    response_model=DraftOut,
    responses=problems(
        Unauthorized,
        WrongRole,
        TaskNotFound,
        StudySessionIsSuspended,
        StudySessionNotOpen,
        DraftStale,
        Invalid,
    ),
)
async def save_draft(
    task_id: UUID, body: DraftSave, session: HotOnceDep, user: Student, tags: TagsDep
) -> Row:
    """Saves one's work on a task over the revision that `If-Match` names, `"0"` for the first time.
    If another device has saved meanwhile, nothing is overwritten: the answer names both revisions.
    """
    saved = await service.save_draft(session, user, task_id, body, tags.if_match)
    tags.show(saved["revision"])
    return {name: saved[name] for name in DraftOut.model_fields}
