"""Versions of files over HTTP: only leave and states; the bytes go to the object store."""

from uuid import UUID

from fastapi import APIRouter, Depends, Request

from libs.auth import WrongRole
from libs.deps import CurrentUser, Now, Tutor, limited
from libs.errors import Invalid, TooMany, Unauthorized, problems
from libs.hot_reads import RowPage
from libs.pagination import BadCursor, Page, Paging
from libs.postgres_deps import ReadsDep, SessionDep
from session_service.file_versions import service
from session_service.file_versions.errors import (
    NotAFile,
    StorageFull,
    VersionNotAwaited,
    VersionNotFound,
)
from session_service.file_versions.schemas import (
    DownloadCreate,
    DownloadOut,
    VersionAsked,
    VersionComplete,
    VersionCreate,
    VersionOut,
)
from session_service.materials.errors import MaterialNotFound
from session_service.materials.models import MaterialVersion

router = APIRouter(prefix="/v1", tags=["material"])


@router.post(
    "/materials/{material_id}/versions",
    status_code=201,
    responses=problems(
        Unauthorized, WrongRole, MaterialNotFound, NotAFile, StorageFull, Invalid, TooMany
    ),
    dependencies=[Depends(limited("file-versions", 200, 3_600, by="account"))],
)
async def ask_for_version(
    material_id: UUID, body: VersionCreate, session: SessionDep, user: Tutor, request: Request
) -> VersionAsked:
    """Leave to upload a version of a file: a PUT to `upload.url` with `upload.headers`, then
    `complete`. At most 100,000,000 bytes. Older versions stay.
    """
    parts = request.app.state.resources
    storage = service.Storage(parts.objects, parts.settings.material_quota_bytes)
    return await service.ask(session, storage, user, material_id, body)


@router.get(
    "/materials/{material_id}/versions",
    response_model=Page[VersionOut],
    responses=problems(Unauthorized, MaterialNotFound, BadCursor, Invalid),
)
async def list_versions(
    material_id: UUID, reads: ReadsDep, user: CurrentUser, page: Paging
) -> RowPage:
    """Versions of a file, newest first: all for who teaches or helps, else the published one."""
    return await service.list_page(reads, user, material_id, page)


@router.post(
    "/file-versions/{version_id}/complete",
    status_code=202,
    response_model=VersionOut,
    responses=problems(Unauthorized, WrongRole, VersionNotFound, VersionNotAwaited, Invalid),
)
async def complete_version(
    version_id: UUID, body: VersionComplete, session: SessionDep, user: Tutor, now: Now
) -> MaterialVersion:
    """Says that the upload is there, within an hour. It is looked at then; a repeat is harmless."""
    return await service.complete(session, user, version_id, body.sha256, now)


@router.post(
    "/materials/{material_id}/downloads",
    status_code=201,
    responses=problems(Unauthorized, MaterialNotFound, VersionNotFound, Invalid, TooMany),
    dependencies=[Depends(limited("material-downloads", 300, 3_600, by="account"))],
)
async def create_download(
    material_id: UUID, body: DownloadCreate, session: SessionDep, user: CurrentUser,
    request: Request,
) -> DownloadOut:  # fmt: skip
    """An address that saves a file, good for five minutes: the newest version that one may see, or
    a named one. A student's first download is noted, for who teaches.
    """
    objects = request.app.state.resources.objects
    return await service.download(session, objects, user, material_id, body.version_id)
