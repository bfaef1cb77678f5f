"""Tasks over HTTP."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from libs.auth import WrongRole
from libs.deps import CurrentUser, Now, Tutor
from libs.errors import Invalid, Stale, Unauthorized, problems
from libs.etags import TagsDep
from libs.hot_reads import Row, RowPage
from libs.idempotency import KeyReused, KeyRunning
from libs.idempotent_route import ONCE, IdempotentRoute
from libs.pagination import BadCursor, Page, Paging
from libs.postgres_deps import ReadsDep, SessionDep
from session_service.grade_items.errors import GradeItemMarked
from session_service.study_sessions.errors import (
    StudySessionIsPaused,
    StudySessionIsSuspended,
    StudySessionNotFound,
    StudySessionNotOpen,
    StudySessionOver,
)
from session_service.tasks import repository, service
from session_service.tasks.errors import TaskDuePassed, TaskNotFound, TaskPublished
from session_service.tasks.models import Task
from session_service.tasks.schemas import (
    PublicationWanted,
    TaskCreate,
    TaskDetail,
    TaskOut,
    TaskState,
    TaskUpdate,
)

router = APIRouter(prefix="/v1/tasks", tags=["tasks"], route_class=IdempotentRoute)


@router.post(
    "",
    status_code=201,
    response_model=TaskOut,
    responses=problems(
        Unauthorized, WrongRole, StudySessionNotFound, StudySessionIsSuspended, StudySessionNotOpen,
        StudySessionIsPaused, TaskDuePassed, KeyRunning, Invalid, KeyReused,
    ),
    dependencies=[ONCE],
)  # fmt: skip
async def create_task(body: TaskCreate, session: SessionDep, user: Tutor, now: Now) -> Task:
    """Sets a task for all students of one's class: at once, later, or as a draft."""
    return await service.create(session, user, body, now)


@router.get(
    "",
    response_model=Page[TaskOut],
    responses=problems(Unauthorized, BadCursor, Invalid),
)
async def list_tasks(
    reads: ReadsDep,
    user: CurrentUser,
    page: Paging,
    study_session_id: Annotated[UUID | None, Query(description="Only this class.")] = None,
    state: Annotated[TaskState | None, Query(description="Only in this state.")] = None,
) -> RowPage:
    """Tasks of the classes that the caller teaches or attends, newest first; students are shown
    what is published.
    """
    return await repository.list_page(reads, user, page, study_session_id, state)


@router.get(
    "/{task_id}",
    response_model=TaskDetail,
    responses=problems(Unauthorized, TaskNotFound, Invalid),
)
async def get_task(task_id: UUID, reads: ReadsDep, user: CurrentUser, tags: TagsDep) -> Row:
    """One task, and how late work is treated."""
    found = await service.get(reads, user, task_id)
    tags.show(found.pop("revision"))
    return found


@router.patch(
    "/{task_id}",
    response_model=TaskDetail,
    responses=problems(
        Unauthorized, WrongRole, TaskNotFound, StudySessionOver, TaskDuePassed, GradeItemMarked,
        Stale, Invalid,
    ),
)  # fmt: skip
async def update_task(
    task_id: UUID, body: TaskUpdate, session: SessionDep, user: Tutor, tags: TagsDep
) -> Row:
    """Changes a task; students hear of another due time."""
    found = await service.change(session, user, task_id, body, tags.if_match)
    tags.show(found.pop("revision"))
    return found


@router.delete(
    "/{task_id}",
    status_code=204,
    responses=problems(Unauthorized, WrongRole, TaskNotFound, TaskPublished, Invalid),
)
async def delete_task(task_id: UUID, session: SessionDep, user: Tutor) -> None:
    """Deletes a task that students have not seen."""
    await service.delete(session, user, task_id)


@router.post(
    "/{task_id}/publication",
    response_model=TaskDetail,
    responses=problems(
        Unauthorized, WrongRole, TaskNotFound, StudySessionIsSuspended, StudySessionNotOpen,
        StudySessionIsPaused, TaskPublished, TaskDuePassed, Invalid,
    ),
)  # fmt: skip
async def publish_task(
    task_id: UUID, body: PublicationWanted, session: SessionDep, user: Tutor, tags: TagsDep
) -> Row:
    """Publishes a task now, or lets it be published later. One that is published already stays as
    it is, and nobody is told twice.
    """
    found = await service.publish(session, user, task_id, body)
    tags.show(found.pop("revision"))
    return found


@router.delete(
    "/{task_id}/publication",
    status_code=204,
    responses=problems(Unauthorized, WrongRole, TaskNotFound, TaskPublished, Invalid),
)
async def unschedule_task(task_id: UUID, session: SessionDep, user: Tutor) -> None:
    """Takes back the time at which a task would be published: it is a draft again."""
    await service.unschedule(session, user, task_id)
