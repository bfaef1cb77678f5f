"""Copies of classes over HTTP."""

from typing import Any
from uuid import UUID

from fastapi import APIRouter

from libs.auth import WrongRole
from libs.deps import Tutor
from libs.errors import Invalid, Unauthorized, problems
from libs.idempotency import KeyReused, KeyRunning
from libs.idempotent_route import ONCE, IdempotentRoute
from libs.postgres_deps import SessionDep
from session_service.copies import service
from session_service.copies.schemas import StudySessionCopyCreate, StudySessionCopyOut
from session_service.study_sessions.errors import StudySessionNotFound
from session_service.study_sessions.router import Show

router = APIRouter(
    prefix="/v1/study-sessions", tags=["study sessions"], route_class=IdempotentRoute
)


@router.post(
    "/{study_session_id}/copies",
    status_code=201,
    response_model=StudySessionCopyOut,
    responses=problems(
        Unauthorized, WrongRole, StudySessionNotFound, KeyRunning, KeyReused, Invalid
    ),
    dependencies=[ONCE],
)
async def copy_study_session(
    study_session_id: UUID,
    body: StudySessionCopyCreate,
    session: SessionDep,
    user: Tutor,
    show: Show,
) -> Any:
    """Makes a class once more for the next term; for its owner. The new one waits for payment and
    approval as any other.

    It has the settings, series of lessons, folders, links, notes and tasks of the old one, but no
    members, files, image or holidays; what was changed for one lesson alone stays behind. Dates are
    shifted by whole days of the calendar: what is at 17:00 stays at 17:00, also across a change of
    the clocks. Links and notes are published when the old ones were, so much later.
    """
    copied = await service.copy(session, user, study_session_id, body)
    return {
        "study_session": show(copied.made),
        "shift_days": copied.shift.days,
        "folders": len(copied.content.folders),
        "materials": len(copied.content.materials),
        "tasks": len(copied.content.tasks),
        "series": len(copied.timetable.series),
        "left_out_series_ids": copied.timetable.left_out_ids,
        "left_out_material_ids": [one.id for one in copied.content.files],
    }
