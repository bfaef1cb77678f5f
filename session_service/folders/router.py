"""Folders over HTTP."""

from uuid import UUID

from fastapi import APIRouter

from libs.auth import WrongRole
from libs.deps import CurrentUser, Now, Tutor
from libs.errors import Invalid, Unauthorized, problems
from libs.hot_reads import RowPage
from libs.idempotency import KeyReused, KeyRunning
from libs.idempotent_route import ONCE, IdempotentRoute
from libs.pagination import BadCursor, Page, Paging
from libs.postgres_deps import ReadsDep, SessionDep
from session_service.folders import service
from session_service.folders.errors import (
    FolderCycle,
    FolderNotEmpty,
    FolderNotFound,
    FolderTooDeep,
    TooManyFolders,
)
from session_service.folders.models import Folder
from session_service.folders.schemas import FolderCreate, FolderOut, FolderPlacement, FolderUpdate
from session_service.study_sessions.errors import StudySessionNotFound

router = APIRouter(prefix="/v1", tags=["material"], route_class=IdempotentRoute)


@router.post(
    "/study-sessions/{study_session_id}/folders",
    status_code=201,
    response_model=FolderOut,
    responses=problems(
        Unauthorized, WrongRole, StudySessionNotFound, FolderNotFound, FolderTooDeep,
        TooManyFolders, KeyRunning, Invalid, KeyReused,
    ),
    dependencies=[ONCE],
)  # fmt: skip
async def create_folder(
    study_session_id: UUID, body: FolderCreate, session: SessionDep, user: Tutor, now: Now
) -> Folder:
    """Makes a folder for a class's material."""
    return await service.create(session, user, study_session_id, body, now)


@router.get(
    "/study-sessions/{study_session_id}/folders",
    response_model=Page[FolderOut],
    responses=problems(Unauthorized, StudySessionNotFound, BadCursor, Invalid),
)
async def list_folders(
    study_session_id: UUID, reads: ReadsDep, user: CurrentUser, page: Paging
) -> RowPage:
    """A class's folders, newest first: all for who teaches or helps, else those in which something
    published lies, at any depth.
    """
    return await service.list_page(reads, user, study_session_id, page)


@router.patch(
    "/folders/{folder_id}",
    response_model=FolderOut,
    responses=problems(Unauthorized, WrongRole, FolderNotFound, Invalid),
)
async def rename_folder(
    folder_id: UUID, body: FolderUpdate, session: SessionDep, user: Tutor
) -> Folder:
    """Gives a folder another name."""
    return await service.rename(session, user, folder_id, body.name)


@router.post(
    "/folders/{folder_id}/placement",
    response_model=FolderOut,
    responses=problems(
        Unauthorized, WrongRole, FolderNotFound, FolderCycle, FolderTooDeep, Invalid
    ),
)
async def place_folder(
    folder_id: UUID, body: FolderPlacement, session: SessionDep, user: Tutor
) -> Folder:
    """Moves a folder, with all that lies in it, or gives it another place among its siblings."""
    return await service.place(session, user, folder_id, body)


@router.delete(
    "/folders/{folder_id}",
    status_code=204,
    responses=problems(Unauthorized, WrongRole, FolderNotFound, FolderNotEmpty, Invalid),
)
async def delete_folder(folder_id: UUID, session: SessionDep, user: Tutor) -> None:
    """Deletes an empty folder."""
    await service.remove(session, user, folder_id)
