"""Tasks that repeat over HTTP, for who teaches; students see the tasks."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from libs.auth import WrongRole
from libs.deps import Now, Tutor
from libs.errors import Invalid, Unauthorized, problems
from libs.hot_reads import Row, RowPage
from libs.idempotency import KeyReused, KeyRunning
from libs.idempotent_route import ONCE, IdempotentRoute
from libs.pagination import BadCursor, Page, Paging
from libs.postgres_deps import ReadsDep, SessionDep
from session_service.study_sessions.errors import (
    StudySessionIsPaused,
    StudySessionIsSuspended,
    StudySessionNotFound,
    StudySessionNotOpen,
    StudySessionOver,
)
from session_service.task_series import repository, service
from session_service.task_series.errors import TaskSeriesNotFound, TooManyTaskSeries
from session_service.task_series.schemas import (
    TaskSeriesCreate,
    TaskSeriesDetail,
    TaskSeriesOut,
    TaskSeriesUpdate,
)

router = APIRouter(prefix="/v1/task-series", tags=["tasks"], route_class=IdempotentRoute)


@router.post(
    "",
    status_code=201,
    response_model=TaskSeriesDetail,
    responses=problems(
        Unauthorized, WrongRole, StudySessionNotFound, StudySessionIsSuspended, StudySessionNotOpen,
        StudySessionIsPaused, TooManyTaskSeries, KeyRunning, Invalid, KeyReused,
    ),
    dependencies=[ONCE],
)  # fmt: skip
async def create_task_series(
    body: TaskSeriesCreate, session: SessionDep, user: Tutor, now: Now
) -> Row:
    """Lets a task repeat by a rule; holidays of the class are left out."""
    return await service.create(session, user, body, now)


@router.get(
    "",
    response_model=Page[TaskSeriesOut],
    responses=problems(Unauthorized, WrongRole, BadCursor, Invalid),
)
async def list_task_series(
    reads: ReadsDep,
    user: Tutor,
    page: Paging,
    study_session_id: Annotated[UUID | None, Query(description="Only this class.")] = None,
) -> RowPage:
    """Tasks that repeat in the classes in which the caller teaches or helps, newest first."""
    return await repository.list_page(reads, user, page, study_session_id)


@router.get(
    "/{series_id}",
    response_model=TaskSeriesDetail,
    responses=problems(Unauthorized, WrongRole, TaskSeriesNotFound, Invalid),
)
async def get_task_series(series_id: UUID, session: SessionDep, user: Tutor) -> Row:
    """Tasks that repeat, and what comes next."""
    return await service.get(session, user, series_id)


@router.patch(
    "/{series_id}",
    response_model=TaskSeriesDetail,
    responses=problems(Unauthorized, WrongRole, TaskSeriesNotFound, StudySessionOver, Invalid),
)
async def update_task_series(
    series_id: UUID, body: TaskSeriesUpdate, session: SessionDep, user: Tutor
) -> Row:
    """Changes the tasks that are set from now on; those that are set stay as they are."""
    return await service.change(session, user, series_id, body)


@router.delete(
    "/{series_id}",
    status_code=204,
    responses=problems(Unauthorized, WrongRole, TaskSeriesNotFound, Invalid),
)
async def end_task_series(series_id: UUID, session: SessionDep, user: Tutor, now: Now) -> None:
    """Sets no more tasks; those that are set stay."""
    await service.end(session, user, series_id, now)
