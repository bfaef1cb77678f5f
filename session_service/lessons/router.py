"""Lessons over HTTP."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query

from libs.auth import WrongRole
from libs.deps import CurrentUser, Now, Tutor
from libs.errors import Invalid, Stale, Unauthorized, problems
from libs.etags import TagsDep
from libs.hot_reads import Row, RowPage
from libs.pagination import BadCursor, Page
from libs.postgres_deps import ReadsDep, SessionDep
from libs.schemas import Instant
from libs.timelines import TimePaging
from session_service.lessons import repository, service
from session_service.lessons.errors import (
    LessonBegun,
    LessonBooked,
    LessonNotCancelled,
    LessonNotFound,
    LessonNotScheduled,
    LessonsOverlap,
)
from session_service.lessons.models import Lesson
from session_service.lessons.schemas import ConflictOut, LessonChangedOut, LessonOut, LessonUpdate
from session_service.lessons.service import Changed
from session_service.study_sessions.errors import (
    StudySessionIsSuspended,
    StudySessionNotFound,
    StudySessionNotOpen,
)

router = APIRouter(prefix="/v1/lessons", tags=["lessons"])


async def get_between(
    now: Now,
    start: Annotated[
        Instant | None, Query(alias="from", description="An instant; without it the present one.")
    ] = None,
    to: Annotated[
        Instant | None,
        Query(description="An instant, not included; without it 31 days later. At most 400 days."),
    ] = None,
) -> tuple[datetime, datetime]:
    """The range of a list. Raises `Invalid`."""
    return service.between(start, to, now)


Between = Annotated[tuple[datetime, datetime], Depends(get_between)]


@router.get(
    "",
    response_model=Page[LessonOut],
    responses=problems(Unauthorized, BadCursor, Invalid),
)
async def list_lessons(
    reads: ReadsDep,
    user: CurrentUser,
    page: TimePaging,
    between: Between,
    study_session_id: Annotated[UUID | None, Query(description="Only this class.")] = None,
) -> RowPage:
    """Lessons of the classes that the caller teaches, attends or observes, the first first; those
    that overlap the range at all.
    """
    return await repository.list_between(reads, user, study_session_id, between, page)


@router.get(
    "/conflicts",
    response_model=Page[ConflictOut],
    responses=problems(Unauthorized, WrongRole, StudySessionNotFound, BadCursor, Invalid),
)
async def list_lesson_conflicts(
    study_session_id: UUID,
    reads: ReadsDep,
    user: Tutor,
    page: TimePaging,
    between: Between,
) -> RowPage:
    """A class's lessons at whose time its tutors or students have other lessons. Of those the
    caller learns how many there are; by id only the own ones.
    """
    return await service.list_conflicts(reads, user, study_session_id, between, page)


@router.get(
    "/{lesson_id}",
    response_model=LessonOut,
    responses=problems(Unauthorized, LessonNotFound, Invalid),
)
async def get_lesson(lesson_id: UUID, reads: ReadsDep, user: CurrentUser, tags: TagsDep) -> Row:
    """One lesson."""
    found = await repository.get_for(reads, user, lesson_id)
    tags.show(found.pop("revision"))
    return found


@router.patch(
    "/{lesson_id}",
    response_model=LessonChangedOut,
    responses=problems(
        Unauthorized, WrongRole, LessonNotFound, LessonBooked, LessonBegun, LessonNotScheduled,
        LessonsOverlap, StudySessionIsSuspended, StudySessionNotOpen, Stale, Invalid,
    ),
)  # fmt: skip
async def update_lesson(
    lesson_id: UUID, body: LessonUpdate, session: SessionDep, user: Tutor, tags: TagsDep
) -> Changed:
    """Changes this lesson alone. With `If-Match` only the lesson that one has seen."""
    changed = await service.update(session, user, lesson_id, body, tags.if_match)
    tags.show(changed.lesson.revision)
    return changed


@router.post(
    "/{lesson_id}/cancellation",
    response_model=LessonOut,
    responses=problems(
        Unauthorized,
        WrongRole,
        LessonNotFound,
        LessonBooked,
        LessonBegun,
        LessonNotScheduled,
        Stale,
        Invalid,
    ),
)
async def cancel_lesson(lesson_id: UUID, session: SessionDep, user: Tutor, tags: TagsDep) -> Lesson:
    """Calls this lesson off."""
    lesson = await service.cancel(session, user, lesson_id, tags.if_match)
    tags.show(lesson.revision)
    return lesson


@router.delete(
    "/{lesson_id}/cancellation",
    response_model=LessonOut,
    responses=problems(
        Unauthorized, WrongRole, LessonNotFound, LessonBooked, LessonBegun, LessonNotCancelled,
        StudySessionIsSuspended, StudySessionNotOpen, Stale, Invalid,
    ),
)  # fmt: skip
async def restore_lesson(
    lesson_id: UUID, session: SessionDep, user: Tutor, tags: TagsDep
) -> Lesson:
    """Lets a cancelled lesson take place after all, also on a holiday."""
    lesson = await service.restore(session, user, lesson_id, tags.if_match)
    tags.show(lesson.revision)
    return lesson
