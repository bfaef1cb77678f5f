"""Streaks over HTTP."""

from uuid import UUID

from fastapi import APIRouter

from libs.errors import Invalid, Unauthorized, problems
from libs.pagination import BadCursor, Page, Paging
from session_service.progress.errors import ProgressNotFound
from session_service.progress.router import AskedDep
from session_service.streaks import service
from session_service.streaks.schemas import StudentStreaks
from session_service.study_sessions.errors import StudySessionNotFound

router = APIRouter(prefix="/v1/study-sessions/{study_session_id}/streaks", tags=["progress"])


@router.get("", responses=problems(Unauthorized, StudySessionNotFound, BadCursor, Invalid))
async def list_streaks(asked: AskedDep, page: Paging) -> Page[StudentStreaks]:
    """Streaks of each student of a class whom one may see: all for who teaches or helps, one's own
    for a student, the observed student's for an observer.
    """
    return await service.list_students(asked, page)


@router.get("/{student_id}", responses=problems(Unauthorized, ProgressNotFound, Invalid))
async def get_streaks(asked: AskedDep, student_id: UUID) -> StudentStreaks:
    """One student's streaks in a class."""
    return await service.get_student(asked, student_id)
