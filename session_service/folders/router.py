"""Folders over HTTP; who reads them asks for the class's material (`materials/router.py`)."""

from uuid import UUID

from fastapi import APIRouter

from libs.auth import WrongRole
from libs.deps import Now, Tutor
from libs.errors import Invalid, Unauthorized, problems
from libs.idempotency import KeyReused, KeyRunning
from libs.idempotent_route import ONCE, IdempotentRoute
from libs.postgres_deps import SessionDep
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
