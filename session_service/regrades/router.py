"""Marking anew over HTTP."""

from uuid import UUID

from fastapi import APIRouter

from libs.auth import WrongRole
from libs.deps import Tutor
from libs.errors import Invalid, Unauthorized, problems
from libs.postgres_deps import SessionDep
from session_service.assessments.errors import AssessmentNotFound
from session_service.regrades import service
from session_service.regrades.errors import KeyDoesNotFit, QuestionNotAsked
from session_service.regrades.schemas import Regrade, RegradeOut

router = APIRouter(prefix="/v1/assessments", tags=["attempts"])
PROBLEMS = problems(
    Unauthorized, WrongRole, AssessmentNotFound, QuestionNotAsked, KeyDoesNotFit, Invalid
)


@router.get("/{assessment_id}/questions/{question_id}/regrade", responses=PROBLEMS)
async def preview_regrade(
    assessment_id: UUID, question_id: UUID, session: SessionDep, user: Tutor
) -> RegradeOut:
    """Who would change if a question were marked by the newest version of its key."""
    return await service.preview(session, user, assessment_id, question_id)


@router.post("/{assessment_id}/questions/{question_id}/regrade", responses=PROBLEMS)
async def regrade_question(
    assessment_id: UUID, question_id: UUID, body: Regrade, session: SessionDep, user: Tutor
) -> RegradeOut:
    """Marks a question by the newest version of its key: for attempts that are over, and for those
    that will be. Students who have seen their marks are told.
    """
    return await service.regrade(session, user, assessment_id, question_id, body.reason)
