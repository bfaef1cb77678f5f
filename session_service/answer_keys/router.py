"""Released keys over HTTP."""

from uuid import UUID

from fastapi import APIRouter

from libs.deps import CurrentUser, Now
from libs.errors import Invalid, Unauthorized, problems
from libs.postgres_deps import SessionDep
from session_service.answer_keys import service
from session_service.answer_keys.schemas import AnswerKey
from session_service.assessments.errors import KeyNotReleased

router = APIRouter(prefix="/v1/attempts", tags=["attempts"])


@router.get("/{attempt_id}/key", responses=problems(Unauthorized, KeyNotReleased, Invalid))
async def get_answer_key(
    attempt_id: UUID, session: SessionDep, user: CurrentUser, now: Now
) -> AnswerKey:
    """The questions of an attempt with what was right: for who teaches in the class, and for the
    student and who observes the student as soon as the assessment's `key_release` says so.
    """
    return await service.show(session, user, attempt_id, now)
