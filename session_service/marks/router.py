"""Marks over HTTP."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response

from libs import etags
from libs.auth import WrongRole
from libs.deps import CurrentUser, Tutor
from libs.errors import Invalid, Unauthorized, problems
from libs.hot_reads import Row, RowPage
from libs.pagination import BadCursor, Page, Paging
from libs.postgres_deps import ReadsDep, SessionDep
from session_service.grade_items.errors import GradeItemNotFound
from session_service.marks import by_hand, views
from session_service.marks.errors import MarkNotFound, StudentNotFound
from session_service.marks.schemas import (
    ChangeOut,
    ExcusePut,
    GivenMarkOut,
    MarkDetail,
    MarkState,
)

router = APIRouter(prefix="/v1", tags=["marks"])
Filters = dict[str, UUID | str | None]
OF_STUDENT = "/grade-items/{item_id}/students/{student_id}"


async def get_place(item_id: UUID, student_id: UUID) -> by_hand.Place:
    """A coroutine: what is none FastAPI runs in a thread."""
    return by_hand.Place(item_id, student_id)


async def get_filters(
    study_session_id: Annotated[UUID | None, Query(description="Only of this class.")] = None,
    item_id: Annotated[UUID | None, Query(description="Only for this work.")] = None,
    student_id: Annotated[UUID | None, Query(description="Only this student's.")] = None,
    state: Annotated[MarkState | None, Query(description="Only in this state.")] = None,
) -> Filters:
    """Which marks are asked for."""
    return {
        "study_session_id": study_session_id, "item_id": item_id, "student_id": student_id,
        "state": state and state.value,
    }  # fmt: skip


PlaceDep = Annotated[by_hand.Place, Depends(get_place)]
FiltersDep = Annotated[Filters, Depends(get_filters)]


@router.get(
    "/marks",
    response_model=Page[GivenMarkOut],
    responses=problems(Unauthorized, BadCursor, Invalid),
)
async def list_marks(
    reads: ReadsDep, user: CurrentUser, page: Paging, filters: FiltersDep
) -> RowPage:
    """Marks, newest first: drafts too for who teaches or helps, for students their own that are
    released.
    """
    return await views.list_page(reads, user, page, **filters)


@router.get(
    "/marks/{mark_id}",
    response_model=MarkDetail,
    responses=problems(Unauthorized, MarkNotFound, Invalid),
)
async def get_given_mark(
    mark_id: UUID, reads: ReadsDep, user: CurrentUser, response: Response
) -> Row:
    """One mark with its parts. Its `ETag` is for the change that may follow."""
    found = await views.get_for(reads, user, mark_id)
    response.headers["ETag"] = etags.of(found["revision"])
    return found


@router.get(
    "/marks/{mark_id}/changes",
    response_model=Page[ChangeOut],
    responses=problems(Unauthorized, MarkNotFound, BadCursor, Invalid),
)
async def list_mark_changes(
    mark_id: UUID, reads: ReadsDep, user: CurrentUser, page: Paging
) -> RowPage:
    """All that happened to a mark, newest first: who, when, from what, to what, why. Its student
    finds here what could be seen at the time.
    """
    return await views.list_changes(reads, user, mark_id, page)


@router.put(
    f"{OF_STUDENT}/excuse",
    response_model=MarkDetail,
    responses=problems(
        Unauthorized, WrongRole, GradeItemNotFound, StudentNotFound, MarkNotFound, Invalid
    ),
)
async def put_excuse(place: PlaceDep, body: ExcusePut, session: SessionDep, user: Tutor) -> Row:
    """Excuses a student from a work, so that it counts nowhere, or takes that back."""
    return await by_hand.excuse(session, user, place, body)
