"""Students at risk over HTTP: for who teaches or helps alone."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query

from libs.auth import WrongRole
from libs.deps import Tutor
from libs.errors import Invalid, Unauthorized, problems
from libs.pagination import MAX_PAGE, BadCursor, decode, encode
from session_service.at_risk import service
from session_service.at_risk.schemas import AtRiskPage, Risk
from session_service.at_risk.service import Place
from session_service.progress.router import AskedDep
from session_service.study_sessions.errors import StudySessionNotFound

router = APIRouter(prefix="/v1/study-sessions/{study_session_id}/at-risk", tags=["progress"])


async def get_cursor(
    cursor: Annotated[
        str | None, Query(max_length=200, description="`next_cursor` of the page before.")
    ] = None,
) -> Place | None:
    """After whom a page begins. Raises `BadCursor`."""
    if cursor is None:
        return None
    reasons, _, student = cursor.partition(".")
    if reasons not in ("0", "1", "2", "3", "4", "5"):
        raise BadCursor
    return int(reasons), decode(student)


@router.get(
    "",
    responses=problems(Unauthorized, WrongRole, StudySessionNotFound, BadCursor, Invalid),
)
async def list_students_at_risk(
    asked: AskedDep,
    _: Tutor,
    after: Annotated[Place | None, Depends(get_cursor)],
    risk: Risk = Risk.AT_RISK,
    limit: Annotated[int, Query(ge=1, le=MAX_PAGE, description="Rows per page.")] = 20,
) -> AtRiskPage:
    """Students of a class who may be at risk, with all reasons in plain words and numbers, those
    with most reasons first; or, when asked for, those of whom too little is known (`risk`).
    Students and observers never see this list.
    """
    items, last, counts = await service.list_students(asked, risk, after, limit)
    following = f"{last[0]}.{encode(last[1])}" if last else None
    return AtRiskPage(items=list(items), next_cursor=following, counts=counts)
