"""Files of tasks and of the work on them over HTTP: only leave and states; the bytes go to the
object store.
"""

from uuid import UUID

from fastapi import APIRouter, Depends, Request

from libs.deps import CurrentUser, Now, limited
from libs.errors import Invalid, TooMany, Unauthorized, problems
from libs.hot_reads import RowPage
from libs.pagination import BadCursor, Page, Paging
from libs.postgres_deps import ReadsDep, SessionDep
from session_service.file_versions.schemas import DownloadOut, VersionComplete
from session_service.study_sessions.errors import StudySessionIsSuspended, StudySessionNotOpen
from session_service.tasks.errors import TaskNotFound
from session_service.work_files import service
from session_service.work_files.errors import (
    TooManyWorkFiles,
    WorkFileHandedIn,
    WorkFileNotAwaited,
    WorkFileNotFound,
)
from session_service.work_files.models import WorkFile
from session_service.work_files.schemas import WorkFileAsked, WorkFileCreate, WorkFileOut

router = APIRouter(prefix="/v1", tags=["submissions"])


@router.post(
    "/tasks/{task_id}/files",
    status_code=201,
    responses=problems(
        Unauthorized,
        TaskNotFound,
        StudySessionIsSuspended,
        StudySessionNotOpen,
        TooManyWorkFiles,
        Invalid,
        TooMany,
    ),
    dependencies=[Depends(limited("work-files", 200, 3_600, by="account"))],
)
async def ask_for_work_file(
    task_id: UUID, body: WorkFileCreate, session: SessionDep, user: CurrentUser, request: Request
) -> WorkFileAsked:
    """Leave to upload a file: for who teaches one of the task's, for a student one of the own work.
    A PUT to `upload.url` with `upload.headers`, then `complete`. At most 25,000,000 bytes, and 20
    files.
    """
    objects = request.app.state.resources.objects
    return await service.ask(session, objects, user, task_id, body)


@router.get(
    "/tasks/{task_id}/files",
    response_model=Page[WorkFileOut],
    responses=problems(Unauthorized, TaskNotFound, BadCursor, Invalid),
)
async def list_work_files(
    task_id: UUID, reads: ReadsDep, user: CurrentUser, page: Paging
) -> RowPage:
    """A task's files, newest first, with a student's own; who teaches sees what was handed in."""
    return await service.list_page(reads, user, task_id, page)


@router.post(
    "/work-files/{file_id}/complete",
    status_code=202,
    response_model=WorkFileOut,
    responses=problems(Unauthorized, WorkFileNotFound, WorkFileNotAwaited, Invalid),
)
async def complete_work_file(
    file_id: UUID, body: VersionComplete, session: SessionDep, user: CurrentUser, now: Now
) -> WorkFile:
    """Says that the upload is there, within an hour. It is looked at then; a repeat is harmless."""
    return await service.complete(session, user, file_id, body.sha256, now)


@router.delete(
    "/work-files/{file_id}",
    status_code=204,
    responses=problems(Unauthorized, WorkFileNotFound, WorkFileHandedIn, Invalid),
)
async def remove_work_file(file_id: UUID, session: SessionDep, user: CurrentUser) -> None:
    """Takes a file away: a task's, or one of one's own that was not handed in."""
    await service.remove(session, user, file_id)


@router.post(
    "/work-files/{file_id}/downloads",
    status_code=201,
    responses=problems(Unauthorized, WorkFileNotFound, Invalid, TooMany),
    dependencies=[Depends(limited("work-downloads", 600, 3_600, by="account"))],
)
async def download_work_file(
    file_id: UUID, reads: ReadsDep, user: CurrentUser, request: Request, now: Now
) -> DownloadOut:
    """An address that saves the file, good for five minutes."""
    objects = request.app.state.resources.objects
    return await service.download(reads, objects, user, file_id, now)
