"""The rules of folders. Who teaches or helps in a class orders its material."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from libs.auth import Principal
from libs.hot_reads import RowPage
from libs.ids import new_id
from libs.pagination import PageRequest
from libs.postgres import Reads
from session_service.folders import repository, tree
from session_service.folders.errors import TooManyFolders
from session_service.folders.models import Folder
from session_service.folders.schemas import MOST, FolderCreate, FolderPlacement
from session_service.folders.tree import Place
from session_service.study_sessions import repository as study_sessions


async def create(
    session: AsyncSession,
    user: Principal,
    study_session_id: UUID,
    wanted: FolderCreate,
    now: datetime,
) -> Folder:
    """Makes a folder, the last one where it lies.

    Raises `StudySessionNotFound`, `FolderNotFound`, `FolderTooDeep` or `TooManyFolders`.
    """
    folders = await repository.lock_all(session, user, study_session_id)
    if len(folders) >= MOST:
        raise TooManyFolders
    place = tree.append(_places(folders), wanted.parent_id)
    made = Folder(
        id=new_id(),
        study_session_id=study_session_id,
        parent_id=place.parent_id,
        position=place.position,
        name=wanted.name,
        created_at=now,
    )
    await repository.add(session, made)
    return made


async def list_page(
    reads: Reads, user: Principal, study_session_id: UUID, page: PageRequest
) -> RowPage:
    """One page of a class's folders. Raises `StudySessionNotFound`."""
    await study_sessions.get_for(reads, user, study_session_id)
    return await repository.list_page(reads, user, study_session_id, page)


async def rename(session: AsyncSession, user: Principal, folder_id: UUID, name: str) -> Folder:
    """Gives a folder another name. Raises `FolderNotFound`."""
    folders = await repository.lock_around(session, user, folder_id)
    folders[folder_id].name = name
    return folders[folder_id]


async def place(
    session: AsyncSession, user: Principal, folder_id: UUID, wanted: FolderPlacement
) -> Folder:
    """Moves a folder with all that lies in it.

    Raises `FolderNotFound`, `FolderCycle` or `FolderTooDeep`.
    """
    folders = await repository.lock_around(session, user, folder_id)
    to = Place(wanted.parent_id, wanted.position)
    for one, where in tree.move(_places(folders), folder_id, to).items():
        folders[one].put(where)
    return folders[folder_id]


async def remove(session: AsyncSession, user: Principal, folder_id: UUID) -> None:
    """Removes an empty folder. Raises `FolderNotFound` or `FolderNotEmpty`."""
    folders = await repository.lock_around(session, user, folder_id)
    changed = tree.remove(_places(folders), folder_id)
    await repository.remove(session, folders[folder_id])
    for one, where in changed.items():
        folders[one].put(where)


def _places(folders: Mapping[UUID, Folder]) -> dict[UUID, Place]:
    return {one: folder.place for one, folder in folders.items()}
