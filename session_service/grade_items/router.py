"""The columns of a gradebook over HTTP."""

from uuid import UUID

from fastapi import APIRouter, Response

from libs import etags
from libs.auth import WrongRole
from libs.deps import CurrentUser, Now, Tutor
from libs.errors import Invalid, Stale, Unauthorized, problems
from libs.etags import TagsDep
from libs.hot_reads import Row, RowPage
from libs.idempotency import KeyReused, KeyRunning
from libs.idempotent_route import ONCE, IdempotentRoute
from libs.pagination import BadCursor, Page, Paging
from libs.postgres_deps import ReadsDep, SessionDep
from session_service.grade_items import repository, service
from session_service.grade_items.errors import (
    GradeItemMarked,
    GradeItemNotFound,
    GradeItemNotManual,
)
from session_service.grade_items.models import GradeItem
from session_service.grade_items.schemas import GradeItemCreate, GradeItemOut, GradeItemUpdate
from session_service.study_sessions.errors import (
    StudySessionIsSuspended,
    StudySessionNotFound,
    StudySessionNotOpen,
)

router = APIRouter(prefix="/v1", tags=["gradebook"], route_class=IdempotentRoute)


@router.post(
    "/study-sessions/{study_session_id}/grade-items",
    status_code=201,
    response_model=GradeItemOut,
    responses=problems(
        Unauthorized, WrongRole, StudySessionNotFound, StudySessionIsSuspended, StudySessionNotOpen,
        KeyRunning, Invalid, KeyReused,
    ),
    dependencies=[ONCE],
)  # fmt: skip
async def create_grade_item(
    study_session_id: UUID, body: GradeItemCreate, session: SessionDep, user: Tutor, now: Now
) -> GradeItem:
    """Adds a column for what is marked by hand, such as an oral exam."""
    return await service.create(session, user, study_session_id, body, now)


@router.get(
    "/study-sessions/{study_session_id}/grade-items",
    response_model=Page[GradeItemOut],
    responses=problems(Unauthorized, StudySessionNotFound, BadCursor, Invalid),
)
async def list_grade_items(
    study_session_id: UUID, reads: ReadsDep, user: CurrentUser, page: Paging
) -> RowPage:
    """What is marked in a class, newest first: tasks, assessments and manual columns."""
    return await service.list_page(reads, user, study_session_id, page)


@router.get(
    "/grade-items/{item_id}",
    response_model=GradeItemOut,
    responses=problems(Unauthorized, GradeItemNotFound, Invalid),
)
async def get_grade_item(
    item_id: UUID, reads: ReadsDep, user: CurrentUser, response: Response
) -> Row:
    """One column. Its `ETag` is for the change that may follow."""
    found = await repository.get_for(reads, user, item_id)
    response.headers["ETag"] = etags.of(found.pop("revision"))
    return found


@router.patch(
    "/grade-items/{item_id}",
    response_model=GradeItemOut,
    responses=problems(
        Unauthorized, WrongRole, GradeItemNotFound, GradeItemNotManual, GradeItemMarked, Stale,
        Invalid,
    ),
)  # fmt: skip
async def update_grade_item(
    item_id: UUID, body: GradeItemUpdate, session: SessionDep, user: Tutor, tags: TagsDep
) -> GradeItem:
    """Changes what the body names: when marks are released, the category, the place."""
    found = await service.update(session, user, item_id, body, tags.if_match)
    tags.show(found.revision)
    return found


@router.delete(
    "/grade-items/{item_id}",
    status_code=204,
    responses=problems(
        Unauthorized, WrongRole, GradeItemNotFound, GradeItemNotManual, GradeItemMarked, Invalid
    ),
)
async def remove_grade_item(item_id: UUID, session: SessionDep, user: Tutor) -> None:
    """Removes a manual column in which nobody is marked."""
    await service.remove(session, user, item_id)
