"""Material over HTTP; files' bytes go by `file_versions/router.py` and the object store."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query

from libs.auth import WrongRole
from libs.deps import CurrentUser, Now, Tutor
from libs.errors import Invalid, Unauthorized, problems
from libs.hot_reads import Row, RowPage
from libs.idempotency import KeyReused, KeyRunning
from libs.idempotent_route import ONCE, IdempotentRoute
from libs.pagination import BadCursor, Page, Paging
from libs.postgres_deps import ReadsDep, SessionDep
from session_service.folders.errors import FolderNotFound
from session_service.materials import service
from session_service.materials.errors import AlreadyPublished, MaterialNotFound, NothingToPublish
from session_service.materials.schemas import (
    MaterialCreate,
    MaterialDetail,
    MaterialOut,
    MaterialUpdate,
    PublicationCreate,
    ViewOut,
)
from session_service.study_sessions.errors import (
    StudySessionIsSuspended,
    StudySessionNotFound,
    StudySessionNotOpen,
)

router = APIRouter(prefix="/v1", tags=["material"], route_class=IdempotentRoute)


async def get_filters(
    folder_id: Annotated[UUID | None, Query(description="Only what lies in this folder.")] = None,
    lesson_id: Annotated[UUID | None, Query(description="Only what is for this lesson.")] = None,
    at_top: Annotated[bool, Query(description="Only what lies in no folder.")] = False,
) -> dict[str, object]:
    """What a list of material is narrowed to."""
    return {"folder_id": folder_id, "lesson_id": lesson_id, "at_top": at_top or None}


Filters = Annotated[dict[str, object], Depends(get_filters)]


@router.post(
    "/materials",
    status_code=201,
    response_model=MaterialDetail,
    responses=problems(
        Unauthorized, WrongRole, StudySessionNotFound, FolderNotFound, KeyRunning, Invalid,
        KeyReused,
    ),
    dependencies=[ONCE],
)  # fmt: skip
async def create_material(body: MaterialCreate, session: SessionDep, user: Tutor, now: Now) -> Row:
    """Makes material, which students do not see until it is published."""
    return await service.create(session, user, body, now)


@router.get(
    "/study-sessions/{study_session_id}/materials",
    response_model=Page[MaterialOut],
    responses=problems(Unauthorized, StudySessionNotFound, BadCursor, Invalid),
)
async def list_materials(
    study_session_id: UUID, reads: ReadsDep, user: CurrentUser, page: Paging, where: Filters
) -> RowPage:
    """A class's material, newest first: all for who teaches or helps, else what is published."""
    return await service.list_page(reads, user, study_session_id, page, **where)


@router.get(
    "/materials/{material_id}",
    response_model=MaterialDetail,
    responses=problems(Unauthorized, MaterialNotFound, Invalid),
)
async def get_material(material_id: UUID, session: SessionDep, user: CurrentUser, now: Now) -> Row:
    """One material with what is in it. A student's first look is noted, for who teaches."""
    return await service.open_one(session, user, material_id, now)


@router.patch(
    "/materials/{material_id}",
    response_model=MaterialDetail,
    responses=problems(Unauthorized, WrongRole, MaterialNotFound, FolderNotFound, Invalid),
)
async def update_material(
    material_id: UUID, body: MaterialUpdate, session: SessionDep, user: Tutor
) -> Row:
    """Changes material; what is published changes for students too."""
    return await service.change(session, user, material_id, body)


@router.delete(
    "/materials/{material_id}",
    status_code=204,
    responses=problems(Unauthorized, WrongRole, MaterialNotFound, Invalid),
)
async def delete_material(material_id: UUID, session: SessionDep, user: Tutor, now: Now) -> None:
    """Deletes material and all versions of its file."""
    await service.delete(session, user, material_id, now)


@router.post(
    "/materials/{material_id}/publication",
    response_model=MaterialDetail,
    responses=problems(
        Unauthorized, WrongRole, MaterialNotFound, StudySessionIsSuspended, StudySessionNotOpen,
        NothingToPublish, AlreadyPublished, Invalid,
    ),
)  # fmt: skip
async def publish_material(
    material_id: UUID, body: PublicationCreate, session: SessionDep, user: Tutor, now: Now
) -> Row:
    """Publishes material, or the newest version of a file: now or later, silently or telling the
    students. What is published already stays as it is, and nobody is told twice.
    """
    return await service.publish(session, user, material_id, body, now)


@router.delete(
    "/materials/{material_id}/publication",
    status_code=204,
    responses=problems(Unauthorized, WrongRole, MaterialNotFound, Invalid),
)
async def withdraw_material(material_id: UUID, session: SessionDep, user: Tutor) -> None:
    """Takes material back from students, or the time at which it would be published."""
    await service.withdraw(session, user, material_id)


@router.get(
    "/materials/{material_id}/views",
    response_model=Page[ViewOut],
    responses=problems(Unauthorized, WrongRole, MaterialNotFound, BadCursor, Invalid),
)
async def list_material_views(
    material_id: UUID, reads: ReadsDep, user: Tutor, page: Paging
) -> RowPage:
    """Which students have seen a material, and since when; for who teaches or helps."""
    return await service.list_views(reads, user, material_id, page)
