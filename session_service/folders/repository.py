"""Queries for folders. Permission is part of every query."""

from typing import cast
from uuid import UUID

from sqlalchemy import (
    Uuid,
    and_,
    bindparam,
    column,
    func,
    literal,
    or_,
    select,
    table,
)
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute, aliased

from libs import postgres
from libs.auth import Principal
from libs.hot_reads import PageQuery, RowPage
from libs.pagination import PageRequest
from libs.postgres import Reads
from session_service.class_roles.models import attended_by, observed_by, taught_by
from session_service.class_roles.schemas import HELPERS
from session_service.folders.errors import FolderNotEmpty, FolderNotFound
from session_service.folders.models import Folder
from session_service.study_sessions.errors import StudySessionNotFound
from session_service.study_sessions.models import StudySession

_CALLER = bindparam("caller", type_=Uuid())
_CLASS = bindparam("study_session_id", type_=Uuid())
_MATERIALS = table("materials", column("folder_id"), column("state"))
"""A higher feature's table, by its name only: a folder shows itself by what lies in it."""


def _page() -> PageQuery:
    """Folders of a class: all for who teaches or helps; for the others those in which something
    published lies, at any depth, counted as if there were no others.
    """
    published = select(_MATERIALS.c.folder_id).where(_MATERIALS.c.state == literal("published"))
    of_class, above = Folder.study_session_id, aliased(Folder)
    filled = (
        select(Folder.id, Folder.parent_id)
        .where(of_class == _CLASS, Folder.id.in_(published))
        .cte("filled", recursive=True)
    )
    filled = filled.union(
        select(above.id, above.parent_id).join(filled, filled.c.parent_id == above.id)
    )
    learned = or_(attended_by(_CALLER, of_class), observed_by(_CALLER, of_class))
    filled_ones = and_(learned, Folder.id.in_(select(filled.c.id)))
    place = func.row_number().over(partition_by=Folder.parent_id, order_by=Folder.position) - 1
    seen = (
        select(Folder.id, of_class, Folder.parent_id, Folder.name, place.label("position"))
        .where(of_class == _CLASS, or_(taught_by(_CALLER, HELPERS, of_class), filled_ones))
        .subquery("seen")
    )
    return PageQuery(select(seen), cast("InstrumentedAttribute[UUID]", seen.c.id))


_PAGE = _page()
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


async def list_page(
    reads: Reads, user: Principal, study_session_id: UUID, page: PageRequest
) -> RowPage:
    """Folders of a class that the caller may see, newest first."""
    return await _PAGE.page(reads, page, caller=user.account_id, study_session_id=study_session_id)


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
