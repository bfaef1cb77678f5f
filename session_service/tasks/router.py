"""Tasks and submissions over HTTP."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from libs.auth import WrongRole
from libs.deps import CurrentUser, Now, Student, Tutor
from libs.errors import Invalid, Unauthorized, problems
from libs.hot_reads import Row, RowPage
from libs.idempotency import KeyReused, KeyRunning
from libs.idempotent_route import ONCE, HotOnceDep, IdempotentRoute
from libs.pagination import BadCursor, Page, Paging
from libs.postgres_deps import ReadsDep, SessionDep
from session_service.study_sessions.errors import StudySessionNotFound, StudySessionNotOpen
from session_service.tasks import repository, service
from session_service.tasks.errors import SubmissionNotFound, TaskClosed, TaskNotFound
from session_service.tasks.models import Task
from session_service.tasks.schemas import SubmissionCreate, SubmissionOut, TaskCreate, TaskOut

router = APIRouter(prefix="/v1", tags=["tasks"], route_class=IdempotentRoute)


@router.post(
    "/tasks",
    status_code=201,
    response_model=TaskOut,
    responses=problems(
        Unauthorized, WrongRole, StudySessionNotFound, StudySessionNotOpen, KeyRunning, Invalid,
        KeyReused,
    ),
    dependencies=[ONCE],
)  # fmt: skip
async def create_task(body: TaskCreate, session: SessionDep, user: Tutor, now: Now) -> Task:
    """Sets a task for all students of one's class."""
    return await service.create(session, user, body, now)


@router.get(
    "/tasks",
    response_model=Page[TaskOut],
    responses=problems(Unauthorized, BadCursor, Invalid),
)
async def list_tasks(
    reads: ReadsDep,
    user: CurrentUser,
    page: Paging,
    study_session_id: Annotated[UUID | None, Query(description="Only this class.")] = None,
) -> RowPage:
    """Tasks of the classes that the caller teaches or attends, newest first."""
    return await repository.list_page(reads, user, study_session_id, page)


@router.get(
    "/tasks/{task_id}",
    response_model=TaskOut,
    responses=problems(Unauthorized, TaskNotFound, Invalid),
)
async def get_task(task_id: UUID, reads: ReadsDep, user: CurrentUser) -> Row:
    """One task."""
    return await repository.get_for(reads, user, task_id)


@router.post(
    "/tasks/{task_id}/submissions",
    status_code=201,
    responses=problems(
        Unauthorized, WrongRole, TaskNotFound, TaskClosed, StudySessionNotOpen, KeyRunning, Invalid,
        KeyReused,
    ),
)  # fmt: skip
async def submit_task(
    task_id: UUID, body: SubmissionCreate, session: HotOnceDep, user: Student, now: Now
) -> SubmissionOut:
    """Hands in a version of the work, until the task is due."""
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
    return await service.list_submissions(reads, user, task_id, page)


@router.get(
    "/submissions/{submission_id}",
    response_model=SubmissionOut,
    responses=problems(Unauthorized, SubmissionNotFound, Invalid),
)
async def get_submission(submission_id: UUID, reads: ReadsDep, user: CurrentUser) -> Row:
    """One submission: for its student and the tutor."""
    return await repository.get_submission(reads, user, submission_id)
