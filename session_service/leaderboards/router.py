"""Leaderboards over HTTP."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from libs.auth import WrongRole
from libs.deps import Now, Student
from libs.errors import Invalid, Unauthorized, problems
from libs.postgres_deps import SessionDep
from session_service.leaderboards import repository, service
from session_service.leaderboards.schemas import LeaderboardOut, OptOutPut, Window
from session_service.progress.router import AskedDep
from session_service.study_sessions.errors import StudySessionNotFound

router = APIRouter(prefix="/v1/study-sessions/{study_session_id}", tags=["progress"])
MOST = 50


@router.get("/leaderboard", responses=problems(Unauthorized, StudySessionNotFound, Invalid))
async def get_leaderboard(
    asked: AskedDep,
    window: Window = Window.ALL,
    top: Annotated[int, Query(ge=1, le=MOST, description="How many places to show.")] = 10,
) -> LeaderboardOut:
    """The students of a class with the most points in released marks, and the own place."""
    return await service.get(asked, window, top)


@router.put(
    "/leaderboard/opt-out",
    status_code=204,
    responses=problems(Unauthorized, WrongRole, StudySessionNotFound, Invalid),
)
async def set_leaderboard_opt_out(
    study_session_id: UUID, body: OptOutPut, session: SessionDep, user: Student, now: Now
) -> None:
    """Hides the caller from a class's leaderboard, from everybody, or takes that back."""
    await repository.set_opt_out(session, user, study_session_id, hidden=body.opted_out, now=now)
