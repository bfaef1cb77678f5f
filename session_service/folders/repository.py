"""Queries for folders. Permission is part of every query."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from libs import postgres
from libs.auth import Principal
from session_service.class_roles.models import taught_by
from session_service.class_roles.schemas import HELPERS
from session_service.folders.errors import FolderNotEmpty, FolderNotFound
from session_service.folders.models import Folder
from session_service.study_sessions.errors import StudySessionNotFound
from session_service.study_sessions.models import StudySession

Folders = dict[UUID, Folder]
"""All folders of a class, by id."""


async def lock_all(session: AsyncSession, user: Principal, study_session_id: UUID) -> Folders:
    """The folders of a class in which the caller teaches or helps. The class is locked for all
    who change its folders. Raises `StudySessionNotFound`.
    """
    locked = await session.scalar(
        select(StudySession.id)
        .where(StudySession.id == study_session_id, taught_by(user.account_id, HELPERS))
        .with_for_update(key_share=True)
    )
    if locked is None:
        raise StudySessionNotFound
    found = await session.scalars(select(Folder).where(Folder.study_session_id == study_session_id))
    return {folder.id: folder for folder in found}


async def lock_around(session: AsyncSession, user: Principal, folder_id: UUID) -> Folders:
    """As `lock_all`, for the class of a folder. Raises `FolderNotFound`."""
    study_session_id = await session.scalar(
        select(Folder.study_session_id).where(Folder.id == folder_id)
    )
    if study_session_id is None:
        raise FolderNotFound
    try:
        found = await lock_all(session, user, study_session_id)
    except StudySessionNotFound as error:
        raise FolderNotFound from error
    if folder_id not in found:  # gone while we waited
        raise FolderNotFound
    return found


async def check_in(session: AsyncSession, study_session_id: UUID, folder_id: UUID) -> None:
    """Raises `FolderNotFound` unless a folder is one of this class, in which the caller's rights
    are known.
    """
    found = await session.scalar(
        select(Folder.id).where(Folder.id == folder_id, Folder.study_session_id == study_session_id)
    )
    if found is None:
        raise FolderNotFound


async def add(session: AsyncSession, folder: Folder) -> None:
    """Adds a folder."""
    session.add(folder)
    await session.flush()


async def remove(session: AsyncSession, folder: Folder) -> None:
    """Removes a folder. Raises `FolderNotEmpty` when something lies in it."""
    try:
        await session.delete(folder)
        await session.flush()
    except IntegrityError as error:
        if postgres.constraint(error).startswith("fk_"):
            raise FolderNotEmpty from error
        raise
