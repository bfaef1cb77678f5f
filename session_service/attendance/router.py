"""Attendance over HTTP."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from libs.auth import WrongRole
from libs.deps import CurrentUser, Tutor
from libs.errors import Invalid, Unauthorized, problems
from libs.hot_reads import Row, RowPage
from libs.pagination import BadCursor, Page, Paging
from libs.postgres_deps import ReadsDep, SessionDep
from session_service.attendance import service
from session_service.attendance.errors import (
    AttendanceNotFound,
    LessonNotBegun,
)
from session_service.attendance.schemas import (
    AttendanceMark,
    AttendanceOut,
    CorrectionOut,
)
from session_service.lessons.errors import LessonNotFound, LessonNotScheduled
from session_service.study_sessions.errors import StudySessionNotFound

router = APIRouter(prefix="/v1", tags=["attendance"])


@router.get(
    "/lessons/{lesson_id}/attendance",
    response_model=Page[AttendanceOut],
    responses=problems(Unauthorized, LessonNotFound, BadCursor, Invalid),
)
async def list_lesson_attendance(
    lesson_id: UUID, reads: ReadsDep, user: CurrentUser, page: Paging
) -> RowPage:
    """Who took part in a lesson: all for who teaches or helps, one's own for a student, and that of
    the observed student for an observer. A quarter of an hour after its end all are known.
    """
    return await service.list_of_lesson(reads, user, lesson_id, page)


@router.put(
    "/lessons/{lesson_id}/attendance/{student_id}",
    response_model=AttendanceOut,
    responses=problems(
        Unauthorized, WrongRole, LessonNotFound, AttendanceNotFound, LessonNotScheduled,
        LessonNotBegun, Invalid,
    ),
)  # fmt: skip
async def mark_attendance(
    lesson_id: UUID, student_id: UUID, body: AttendanceMark, session: SessionDep, user: Tutor
) -> Row:
    """The tutor's word on a student's part in a lesson. It stands, whatever a call says later; who
    changes what was known already says why.
    """
    return await service.mark(session, user, lesson_id, student_id, body)


@router.get(
    "/study-sessions/{study_session_id}/attendance",
    response_model=Page[AttendanceOut],
    responses=problems(Unauthorized, StudySessionNotFound, BadCursor, Invalid),
)
async def list_attendance(
    study_session_id: UUID,
    reads: ReadsDep,
    user: CurrentUser,
    page: Paging,
    student_id: Annotated[UUID | None, Query(description="Only this student's.")] = None,
) -> RowPage:
    """Attendance of a class, newest first, as far as one may see it."""
    return await service.list_of_class(reads, user, study_session_id, student_id, page)


@router.get(
    "/attendance/{attendance_id}/corrections",
    response_model=Page[CorrectionOut],
    responses=problems(Unauthorized, AttendanceNotFound, BadCursor, Invalid),
)
async def list_attendance_corrections(
    attendance_id: UUID, reads: ReadsDep, user: CurrentUser, page: Paging
) -> RowPage:
    """What the tutors have said of a record, newest first: who, when, from what, to what, why."""
    return await service.list_corrections(reads, user, attendance_id, page)
