"""Series of lessons over HTTP."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from libs.auth import WrongRole
from libs.deps import CurrentUser, Now, Tutor
from libs.errors import Invalid, Stale, Unauthorized, problems
from libs.etags import TagsDep
from libs.hot_reads import Row, RowPage
from libs.idempotency import KeyReused, KeyRunning
from libs.idempotent_route import ONCE, IdempotentRoute
from libs.pagination import BadCursor, Page, Paging
from libs.postgres_deps import ReadsDep, SessionDep
from session_service.lessons.errors import LessonBegun, LessonNotFound, LessonsOverlap
from session_service.series import repository, service
from session_service.series.errors import SeriesNotFound, SeriesOver
from session_service.series.schemas import (
    SeriesChangedOut,
    SeriesCreate,
    SeriesOut,
    SeriesUpdate,
)
from session_service.series.service import Changed
from session_service.study_sessions.errors import (
    StudySessionIsSuspended,
    StudySessionNotFound,
    StudySessionNotOpen,
)

router = APIRouter(prefix="/v1", tags=["lessons"], route_class=IdempotentRoute)


@router.post(
    "/lesson-series",
    status_code=201,
    response_model=SeriesChangedOut,
    responses=problems(
        Unauthorized, WrongRole, StudySessionNotFound, StudySessionIsSuspended, StudySessionNotOpen,
        LessonsOverlap, KeyRunning, Invalid, KeyReused,
    ),
    dependencies=[ONCE],
)  # fmt: skip
async def create_lesson_series(
    body: SeriesCreate, session: SessionDep, user: Tutor, now: Now
) -> Changed:
    """Schedules a lesson or, by a rule, a series of them.

    `rule` is an RRULE of RFC 5545 with at most one lesson a day, in local time: a lesson at 17:00
    stays at 17:00 when clocks change. A time that a clock skips is held after the gap, later by its
    length; of one that comes twice the first is meant. Lessons are made for the next 400 days, and
    as time goes on for those after. What overlaps is shown, and refused with `refuse_conflicts`.
    """
    return await service.create(session, user, body, now)


@router.get(
    "/lesson-series",
    response_model=Page[SeriesOut],
    responses=problems(Unauthorized, BadCursor, Invalid),
)
async def list_lesson_series(
    reads: ReadsDep,
    user: CurrentUser,
    page: Paging,
    study_session_id: Annotated[UUID | None, Query(description="Only this class.")] = None,
) -> RowPage:
    """Series of the classes that the caller teaches, attends or observes, newest first."""
    return await repository.list_page(reads, user, study_session_id, page)


@router.get(
    "/lesson-series/{series_id}",
    response_model=SeriesOut,
    responses=problems(Unauthorized, SeriesNotFound, Invalid),
)
async def get_lesson_series(
    series_id: UUID, reads: ReadsDep, user: CurrentUser, tags: TagsDep
) -> Row:
    """One series."""
    found = await repository.get_for(reads, user, series_id)
    tags.show(found.pop("revision"))
    return found


@router.patch(
    "/lesson-series/{series_id}",
    response_model=SeriesChangedOut,
    responses=problems(
        Unauthorized, WrongRole, SeriesNotFound, SeriesOver, LessonsOverlap,
        StudySessionIsSuspended, StudySessionNotOpen, Stale, Invalid,
    ),
)  # fmt: skip
async def update_lesson_series(
    series_id: UUID, body: SeriesUpdate, session: SessionDep, user: Tutor, tags: TagsDep
) -> Changed:
    """Changes all lessons of a series that lie ahead; those that have begun stay as they were, in
    a series that ends with them. Lessons keep their ids.
    """
    changed = await service.change_all(session, user, series_id, body, tags.if_match)
    tags.show(changed.series.revision)
    return changed


@router.patch(
    "/lessons/{lesson_id}/following",
    response_model=SeriesChangedOut,
    responses=problems(
        Unauthorized, WrongRole, LessonNotFound, LessonBegun, LessonsOverlap,
        StudySessionIsSuspended, StudySessionNotOpen, Stale, Invalid,
    ),
)  # fmt: skip
async def update_following_lessons(
    lesson_id: UUID, body: SeriesUpdate, session: SessionDep, user: Tutor, tags: TagsDep
) -> Changed:
    """Changes this lesson and those that follow it, which become a series of their own. Lessons
    keep their ids, and those that were moved or reworded by themselves keep that. `If-Match` is
    the lesson's `ETag`.
    """
    changed = await service.change_following(session, user, lesson_id, body, tags.if_match)
    tags.show(changed.series.revision)
    return changed


@router.post(
    "/lessons/{lesson_id}/following/cancellation",
    response_model=SeriesChangedOut,
    responses=problems(Unauthorized, WrongRole, LessonNotFound, LessonBegun, Stale, Invalid),
)
async def cancel_following_lessons(
    lesson_id: UUID, session: SessionDep, user: Tutor, tags: TagsDep
) -> Changed:
    """Calls off this lesson and those that follow it; the series ends. `If-Match` is the lesson's
    `ETag`.
    """
    changed = await service.end(session, user, lesson_id, tags.if_match)
    tags.show(changed.series.revision)
    return changed
