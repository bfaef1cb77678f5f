"""The rules of versions: what is taken, what it is called, who gets it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from libs import outbox
from libs.auth import Principal
from libs.hot_reads import RowPage
from libs.ids import new_id
from libs.objects import Objects
from libs.pagination import PageRequest
from libs.postgres import Reads
from session_service.file_versions import names, repository
from session_service.file_versions.errors import NotAFile, StorageFull, VersionNotAwaited
from session_service.file_versions.kinds import KINDS
from session_service.file_versions.schemas import (
    DownloadOut,
    TakeVersion,
    UploadOut,
    VersionAsked,
    VersionCreate,
    VersionOut,
)
from session_service.materials import repository as materials
from session_service.materials.models import MaterialVersion
from session_service.materials.schemas import Kind, MaterialState, VersionState

UPLOAD_BEGINS = timedelta(minutes=10)
DOWNLOAD_BEGINS = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Storage:
    """Where files go, and a class's room there in bytes."""

    objects: Objects
    quota: int


async def ask(
    session: AsyncSession,
    storage: Storage,
    user: Principal,
    material_id: UUID,
    wanted: VersionCreate,
) -> VersionAsked:
    """Gives leave for an upload of this type and size.

    Raises `MaterialNotFound`, `NotAFile` or `StorageFull`.
    """
    now: datetime = session.info["clock"].now()
    material, study_session = await materials.lock_for(session, user, material_id)
    if material.kind != Kind.FILE:
        raise NotAFile
    if await repository.lock_storage(session, study_session.id) + wanted.size > storage.quota:
        raise StorageFull
    version = MaterialVersion(
        id=new_id(),
        material_id=material_id,
        study_session_id=study_session.id,
        state=VersionState.ASKED.value,
        file_name=names.clean(wanted.file_name, KINDS[wanted.content_type].extensions),
        content_type=wanted.content_type,
        size=wanted.size,
        uploaded_by=user.account_id,
        asked_at=now,
    )
    await repository.add(session, version)
    leave = storage.objects.upload_address(
        version.upload, version.content_type, version.size, UPLOAD_BEGINS
    )
    upload = UploadOut(url=leave.url, headers=dict(leave.headers), expires_at=leave.expires_at)
    return VersionAsked(**VersionOut.model_validate(version).model_dump(), upload=upload)


async def complete(
    session: AsyncSession, user: Principal, version_id: UUID, sha256: str, now: datetime
) -> MaterialVersion:
    """Takes the word that the upload is there; a repeat changes nothing. Raises `VersionNotFound`
    or `VersionNotAwaited`.
    """
    version = await repository.lock_for(session, user, version_id)
    if version.state != VersionState.ASKED:
        return version
    if version.is_over(now):
        raise VersionNotAwaited
    version.state, version.completed_at = VersionState.PENDING.value, now
    version.sha256 = sha256
    await outbox.enqueue(session, TakeVersion(version_id=version.id))
    return version


async def accept(session: AsyncSession, version_id: UUID, material_id: UUID) -> None:
    """Gives a version whose bytes are kept the next number, unless its material is gone."""
    material = await repository.lock_material(session, material_id)
    version = await repository.lock(session, version_id)
    if version is None or version.state != VersionState.PENDING:
        return
    if material.state == MaterialState.DELETED:
        version.state = VersionState.GONE.value
        return
    material.newest_number += 1
    version.state, version.number = VersionState.READY.value, material.newest_number


async def download(
    session: AsyncSession,
    objects: Objects,
    user: Principal,
    material_id: UUID,
    version_id: UUID | None,
) -> DownloadOut:
    """An address for five minutes; who may have it is asked anew each time, and a student's first
    download is noted. Raises `MaterialNotFound` or `VersionNotFound`.
    """
    now: datetime = session.info["clock"].now()
    await materials.get_for(session, user, material_id)
    found = await repository.get_ready(session, user, material_id, version_id)
    await materials.note_view(session, user, material_id, now, download=True)
    version = MaterialVersion(**found)
    url = objects.download_address(
        version.kept, names.plain(version.file_name), DOWNLOAD_BEGINS, version.file_name
    )
    shown = {name: found[name] for name in ("file_name", "content_type", "size", "sha256")}
    return DownloadOut(url=url, expires_at=now + DOWNLOAD_BEGINS, **shown)


async def list_page(reads: Reads, user: Principal, material_id: UUID, page: PageRequest) -> RowPage:
    """One page of a file's versions. Raises `MaterialNotFound`."""
    await materials.check_visible(reads, user, material_id)
    return await repository.list_page(reads, user, material_id, page)
