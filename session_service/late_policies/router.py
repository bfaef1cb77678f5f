"""How a class treats late work, over HTTP."""

from uuid import UUID

from fastapi import APIRouter

from libs.auth import WrongRole
from libs.deps import CurrentUser, Tutor
from libs.errors import Invalid, Unauthorized, problems
from libs.hot_reads import Row
from libs.postgres_deps import ReadsDep, SessionDep
from session_service.late_policies import repository
from session_service.late_policies.schemas import LatePolicyFields, LatePolicyOut
from session_service.study_sessions.errors import StudySessionNotFound, StudySessionOver

router = APIRouter(prefix="/v1/study-sessions/{study_session_id}/late-policy", tags=["tasks"])


@router.get(
    "",
    response_model=LatePolicyOut,
    responses=problems(Unauthorized, StudySessionNotFound, Invalid),
)
async def get_late_policy(study_session_id: UUID, reads: ReadsDep, user: CurrentUser) -> Row:
    """How late work is treated in a class's new tasks."""
    return await repository.get_for(reads, user, study_session_id)


@router.put(
    "",
    response_model=LatePolicyOut,
    responses=problems(Unauthorized, WrongRole, StudySessionNotFound, StudySessionOver, Invalid),
)
async def set_late_policy(
    study_session_id: UUID, body: LatePolicyFields, session: SessionDep, user: Tutor
) -> Row:
    """Sets how late work is treated in new tasks; those that are set already keep their policy."""
    return await repository.save(session, user, study_session_id, body)
