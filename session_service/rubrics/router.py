"""Rubrics over HTTP."""

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
from session_service.grade_items.errors import GradeItemNotFound
from session_service.marks.errors import StudentNotFound
from session_service.marks.router import OF_STUDENT, PlaceDep
from session_service.marks.schemas import MarkDetail
from session_service.rubrics import repository, service
from session_service.rubrics.errors import RubricDoesNotFit, RubricNotFound
from session_service.rubrics.schemas import (
    ItemRubricOut,
    ItemRubricPut,
    RubricIn,
    RubricMarkPut,
    RubricOut,
)

router = APIRouter(prefix="/v1", tags=["marks"], route_class=IdempotentRoute)


@router.post(
    "/rubrics",
    status_code=201,
    responses=problems(Unauthorized, WrongRole, KeyRunning, Invalid, KeyReused),
    dependencies=[ONCE],
)
async def create_rubric(body: RubricIn, session: SessionDep, user: Tutor, now: Now) -> RubricOut:
    """Keeps a rubric of one's own, to mark as many works by it as one likes."""
    return await service.create(session, user, body, now)


@router.get(
    "/rubrics",
    response_model=Page[RubricOut],
    responses=problems(Unauthorized, WrongRole, BadCursor, Invalid),
)
async def list_rubrics(reads: ReadsDep, user: Tutor, page: Paging) -> RowPage:
    """One's own rubrics in their newest versions."""
    return await repository.list_own(reads, user, page)


@router.get(
    "/rubrics/{rubric_id}",
    response_model=RubricOut,
    responses=problems(Unauthorized, WrongRole, RubricNotFound, Invalid),
)
async def get_rubric(rubric_id: UUID, reads: ReadsDep, user: Tutor, response: Response) -> Row:
    """One rubric of one's own. Its `ETag` is for the change that may follow."""
    found = await repository.get_own(reads, user, rubric_id)
    response.headers["ETag"] = etags.of(found["version"])
    return found


@router.put(
    "/rubrics/{rubric_id}",
    responses=problems(Unauthorized, WrongRole, RubricNotFound, Stale, Invalid),
)
async def change_rubric(
    rubric_id: UUID, body: RubricIn, session: SessionDep, user: Tutor, tags: TagsDep
) -> RubricOut:
    """Writes a new version. Works that are marked by an older one keep it."""
    found = await service.change(session, user, rubric_id, body, tags.if_match)
    tags.show(found.version)
    return found


@router.put(
    "/grade-items/{item_id}/rubric",
    responses=problems(
        Unauthorized, WrongRole, GradeItemNotFound, RubricNotFound, RubricDoesNotFit, Invalid
    ),
)
async def put_item_rubric(
    item_id: UUID, body: ItemRubricPut, session: SessionDep, user: Tutor
) -> ItemRubricOut:
    """Says that a work is marked by one's rubric; it must have the points of the work."""
    return await service.attach(session, user, item_id, body.rubric_id)


@router.get(
    "/grade-items/{item_id}/rubric",
    response_model=ItemRubricOut,
    responses=problems(Unauthorized, RubricNotFound, Invalid),
)
async def get_item_rubric(item_id: UUID, reads: ReadsDep, user: CurrentUser) -> Row:
    """By what a work is marked: for everybody in the class."""
    return await repository.get_of_item(reads, user, item_id)


@router.put(
    f"{OF_STUDENT}/rubric-mark",
    response_model=MarkDetail,
    responses=problems(
        Unauthorized, WrongRole, GradeItemNotFound, StudentNotFound, RubricNotFound,
        RubricDoesNotFit, Stale, Invalid,
    ),
)  # fmt: skip
async def put_rubric_mark(
    place: PlaceDep, body: RubricMarkPut, session: SessionDep, user: Tutor, tags: TagsDep
) -> Row:
    """Marks a student's work by its rubric, all criteria or some."""
    found = await service.mark(session, user, place, body, tags.if_match)
    tags.show(found["revision"])
    return found
