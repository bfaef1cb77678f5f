"""Progress over HTTP. Nothing here shows a mark before its release (S-A12)."""

from dataclasses import replace
from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query

from libs.deps import CurrentUser, Now
from libs.errors import Invalid, Unauthorized, problems
from libs.hot_reads import Row, RowPage
from libs.pagination import MAX_PAGE, BadCursor, Page, Paging, decode, encode
from libs.postgres_deps import ReadsDep
from libs.schemas import Instant
from session_service.gradebook.service import Moment
from session_service.progress import service
from session_service.progress.errors import ProgressNotFound
from session_service.progress.periods import Period
from session_service.progress.repository import Asked
from session_service.progress.schemas import (
    ClassProgress,
    ProgressOut,
    RowsOf,
    Step,
    StudentProgress,
    Trend,
    WorkPage,
    WorkRow,
)
from session_service.progress.service import After
from session_service.study_sessions.errors import StudySessionNotFound

router = APIRouter(prefix="/v1", tags=["progress"])
CLASS = "/study-sessions/{study_session_id}"
MOST_PARTS = 53
EARLIEST, LATEST = date(2000, 1, 1), date(2199, 12, 31)
Day = Annotated[
    date | None,
    Query(ge=EARLIEST, le=LATEST, description="A day in the class's zone, itself included."),
]


async def get_period(
    since: Annotated[Day, Query(alias="from")] = None,
    until: Annotated[Day, Query(alias="to")] = None,
) -> Period:
    """The days asked for: of what was due in them."""
    return Period(since, until)


async def get_asked(study_session_id: UUID, reads: ReadsDep, user: CurrentUser, now: Now) -> Asked:
    """Who asks, and of which class."""
    return Asked(reads, user, study_session_id, now)


AskedDep = Annotated[Asked, Depends(get_asked)]


async def get_moment(
    now: Now,
    as_of: Annotated[
        Instant | None,
        Query(
            description="As work and marks stood at this past moment; due times, policies and "
            "extensions are those of today."
        ),
    ] = None,
) -> Moment:
    """When one looks."""
    return Moment(now, as_of)


MomentDep = Annotated[Moment, Depends(get_moment)]


async def get_looking(asked: AskedDep, moment: MomentDep) -> Asked:
    """As `get_asked`, at the present or a past moment."""
    return replace(asked, as_of=moment.as_of)


LookingDep = Annotated[Asked, Depends(get_looking)]


async def get_one_asked(asked: LookingDep, student_id: UUID | None = None) -> Asked:
    """As `get_looking`; of one student alone if one is named."""
    return replace(asked, student_id=student_id)


async def get_cursor(
    cursor: Annotated[
        str | None, Query(max_length=200, description="`next_cursor` of the page before.")
    ] = None,
) -> After:
    """The item and the student after whom a page begins. Raises `BadCursor`."""
    if cursor is None:
        return None
    item, _, student = cursor.partition(".")
    return decode(item), decode(student)


PeriodDep = Annotated[Period, Depends(get_period)]
OneAskedDep = Annotated[Asked, Depends(get_one_asked)]
CursorDep = Annotated[After, Depends(get_cursor)]


@router.get(
    "/progress",
    response_model=Page[ClassProgress],
    responses=problems(Unauthorized, BadCursor, Invalid),
)
async def list_class_progress(
    reads: ReadsDep, user: CurrentUser, moment: MomentDep, page: Paging
) -> RowPage:
    """Progress in each of one's classes: of all students for who teaches or helps, one's own for a
    student, the observed student's for an observer.
    """
    return await service.list_classes(reads, user, moment, page)


@router.get(
    f"{CLASS}/progress",
    response_model=Page[StudentProgress],
    responses=problems(Unauthorized, StudySessionNotFound, BadCursor, Invalid),
)
async def list_student_progress(asked: LookingDep, period: PeriodDep, page: Paging) -> RowPage:
    """Progress of each student of a class whom one may see."""
    return await service.list_students(asked, period, page)


@router.get(
    f"{CLASS}/progress-summary", responses=problems(Unauthorized, StudySessionNotFound, Invalid)
)
async def get_progress_summary(asked: LookingDep, period: PeriodDep) -> ProgressOut:
    """Progress of all students of a class whom one may see, in one."""
    return await service.sum_up(asked, period)


@router.get(
    f"{CLASS}/progress-trend", responses=problems(Unauthorized, StudySessionNotFound, Invalid)
)
async def get_progress_trend(
    asked: OneAskedDep,
    step: Step = Step.WEEK,
    until: Annotated[Day, Query(alias="to")] = None,
    count: Annotated[int, Query(ge=1, le=MOST_PARTS)] = 12,
) -> Trend:
    """Progress in weeks or months, oldest first; the last one holds the day `to`, today without."""
    return await service.get_trend(asked, step, until, count)


@router.get(
    f"{CLASS}/progress/{{student_id}}",
    response_model=StudentProgress,
    responses=problems(Unauthorized, ProgressNotFound, Invalid),
)
async def get_student_progress(asked: LookingDep, student_id: UUID, period: PeriodDep) -> Row:
    """One student's progress in a class."""
    return await service.get_student(replace(asked, student_id=student_id), period)


@router.get(
    f"{CLASS}/progress-rows",
    responses=problems(Unauthorized, StudySessionNotFound, BadCursor, Invalid),
)
async def list_progress_rows(
    asked: OneAskedDep,
    period: PeriodDep,
    of: RowsOf,
    after: CursorDep,
    limit: Annotated[int, Query(ge=1, le=MAX_PAGE, description="Rows per page.")] = 20,
) -> WorkPage:
    """The rows behind a number, newest work first: whose work on what, and how it counts."""
    rows, last = await service.list_work(asked, of, period, after, limit)
    following = f"{encode(last[0])}.{encode(last[1])}" if last else None
    return WorkPage(items=[WorkRow(**row) for row in rows], next_cursor=following)
