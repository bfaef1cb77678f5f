"""Gradebooks over HTTP."""

from collections.abc import Sequence
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Body, Depends, Query, Response

from libs.auth import WrongRole
from libs.deps import CurrentUser, Now, Tutor, limited
from libs.errors import Invalid, TooMany, Unauthorized, problems
from libs.hot_reads import Row, RowPage
from libs.pagination import BadCursor, Page, Paging
from libs.postgres_deps import ReadsDep, SessionDep
from libs.schemas import Instant
from session_service.gradebook import exports, imports, service
from session_service.gradebook.errors import (
    GradebookRowNotFound,
    GradebookTooLarge,
    GradeFileRefused,
)
from session_service.gradebook.rules import Category
from session_service.gradebook.schemas import (
    CategoriesOut,
    CategoriesPut,
    GradebookRowOut,
    GradeImportOut,
)
from session_service.gradebook.service import Moment
from session_service.marks.schemas import Reason
from session_service.study_sessions.errors import StudySessionNotFound

router = APIRouter(prefix="/v1/study-sessions/{study_session_id}", tags=["gradebook"])


async def get_moment(
    now: Now,
    as_of: Annotated[
        Instant | None, Query(description="As marks stood at this past moment.")
    ] = None,
) -> Moment:
    """When one looks. A coroutine: what is none FastAPI runs in a thread."""
    return Moment(now, as_of)


async def get_wish(
    body: Annotated[
        bytes,
        Body(
            media_type="text/csv",
            description="UTF-8; `student code` first, columns named `… [id]` as in the export.",
            max_length=1_000_000,
        ),
    ],
    dry_run: Annotated[bool, Query(description="Only say what would happen.")] = False,
    reason: Annotated[Reason, Query(description="For the trail.")] = "Imported from a file.",
) -> imports.Wish:
    """The file, and what to do with it."""
    return imports.Wish(body, dry_run, reason)


MomentDep = Annotated[Moment, Depends(get_moment)]
WishDep = Annotated[imports.Wish, Depends(get_wish)]


def _shown(categories: Sequence[Category]) -> CategoriesOut:
    return CategoriesOut.model_validate({"categories": categories}, from_attributes=True)


@router.get(
    "/gradebook",
    response_model=Page[GradebookRowOut],
    responses=problems(Unauthorized, WrongRole, StudySessionNotFound, BadCursor, Invalid),
)
async def list_gradebook(
    study_session_id: UUID, reads: ReadsDep, user: Tutor, page: Paging, moment: MomentDep
) -> RowPage:
    """A class's gradebook, a row for each student. Only released marks count; drafts are shown."""
    return await service.list_page(reads, user, study_session_id, page, moment)


@router.get(
    "/gradebook/students/{student_id}",
    response_model=GradebookRowOut,
    responses=problems(Unauthorized, GradebookRowNotFound, Invalid),
)
async def get_gradebook_row(
    study_session_id: UUID,
    student_id: UUID,
    reads: ReadsDep,
    user: CurrentUser,
    moment: MomentDep,
) -> Row:
    """One student's row: for who teaches or helps, for the student, and for who observes the
    student.
    """
    return await service.get_row(reads, user, study_session_id, student_id, moment)


@router.get(
    "/grade-categories",
    responses=problems(Unauthorized, StudySessionNotFound, Invalid),
)
async def list_grade_categories(
    study_session_id: UUID, reads: ReadsDep, user: CurrentUser
) -> CategoriesOut:
    """How a class's marks are weighed."""
    return _shown(await service.list_categories(reads, user, study_session_id))


@router.put(
    "/grade-categories",
    responses=problems(Unauthorized, WrongRole, StudySessionNotFound, Invalid),
)
async def set_grade_categories(
    study_session_id: UUID, body: CategoriesPut, session: SessionDep, user: Tutor
) -> CategoriesOut:
    """Sets all categories with their weights. Columns whose category is none of these count
    nowhere; without any category all columns count alike.
    """
    return _shown(await service.set_categories(session, user, study_session_id, body))


@router.get(
    "/gradebook.csv",
    response_class=Response,
    responses={
        200: {"content": {"text/csv": {}}, "description": "The file."},
        **problems(
            Unauthorized, WrongRole, StudySessionNotFound, GradebookTooLarge, TooMany, Invalid
        ),
    },
    dependencies=[Depends(limited("gradebook-files", 60, 3_600, by="account"))],
)
async def export_gradebook(
    study_session_id: UUID,
    reads: ReadsDep,
    user: Tutor,
    moment: MomentDep,
    drafts: Annotated[bool, Query(description="Also marks that are not released.")] = False,
) -> Response:
    """The gradebook as a CSV file that spreadsheets take, for up to 2,000 students and 300
    columns. No cell is a formula.
    """
    text = await exports.write(reads, user, study_session_id, moment, drafts=drafts)
    headers = {"Content-Disposition": 'attachment; filename="gradebook.csv"'}
    return Response(text, media_type="text/csv", headers=headers)


@router.post(
    "/gradebook-imports",
    responses=problems(
        Unauthorized, WrongRole, StudySessionNotFound, GradeFileRefused, TooMany, Invalid
    ),
    dependencies=[Depends(limited("gradebook-files", 60, 3_600, by="account"))],
)
async def import_gradebook(
    study_session_id: UUID, session: SessionDep, reads: ReadsDep, user: Tutor, wish: WishDep
) -> GradeImportOut:
    """Takes marks from a CSV file such as the export is, all or nothing. A dry run says what would
    change and changes nothing. The same file again changes nothing more.
    """
    return await imports.take(session, reads, user, study_session_id, wish)
