"""Exports of attendance over HTTP: only wishes and addresses; a job writes the file."""

from uuid import UUID

from fastapi import APIRouter, Depends, Request

from libs.auth import WrongRole
from libs.deps import Now, Tutor, limited
from libs.errors import Invalid, TooMany, Unauthorized, problems
from libs.postgres_deps import SessionDep
from session_service.attendance_exports import service
from session_service.attendance_exports.errors import AttendanceExportNotFound
from session_service.attendance_exports.schemas import AttendanceExportOut
from session_service.study_sessions.errors import StudySessionNotFound

router = APIRouter(prefix="/v1", tags=["attendance"])


@router.post(
    "/study-sessions/{study_session_id}/attendance-exports",
    status_code=202,
    responses=problems(Unauthorized, WrongRole, StudySessionNotFound, Invalid, TooMany),
    dependencies=[Depends(limited("attendance-exports", 20, 3_600, by="account"))],
)
async def create_attendance_export(
    study_session_id: UUID, session: SessionDep, user: Tutor, now: Now
) -> AttendanceExportOut:
    """Asks for a class's attendance as a CSV file. It is there for a day."""
    return await service.ask(session, user, study_session_id, now)


@router.get(
    "/attendance-exports/{export_id}",
    responses=problems(Unauthorized, WrongRole, AttendanceExportNotFound, Invalid),
)
async def get_attendance_export(
    export_id: UUID, session: SessionDep, user: Tutor, now: Now, request: Request
) -> AttendanceExportOut:
    """How far an export of one's own is, and its address once it is ready."""
    objects = request.app.state.resources.objects
    return await service.get(session, objects, user, export_id, now)
