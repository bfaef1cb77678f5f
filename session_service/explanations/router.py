"""Explanations over HTTP."""

from uuid import UUID

from fastapi import APIRouter

from libs.deps import CurrentUser
from libs.errors import Invalid, Unauthorized, problems
from libs.postgres_deps import ReadsDep
from session_service.explanations import service
from session_service.explanations.schemas import ExplanationOut
from session_service.gradebook.errors import GradebookRowNotFound
from session_service.gradebook.router import MomentDep
from session_service.marks.errors import MarkNotFound

router = APIRouter(prefix="/v1", tags=["gradebook"])


@router.get(
    "/marks/{mark_id}/explanation",
    responses=problems(Unauthorized, MarkNotFound, Invalid),
)
async def explain_mark(
    mark_id: UUID, reads: ReadsDep, user: CurrentUser, moment: MomentDep
) -> ExplanationOut:
    """How a mark came about: from its total down to each answer, with the versions of rules,
    penalties and what was overruled; now, or as it stood at a past moment.
    """
    return await service.of_mark(reads, user, mark_id, moment)


@router.get(
    "/study-sessions/{study_session_id}/gradebook/students/{student_id}/explanation",
    responses=problems(Unauthorized, GradebookRowNotFound, Invalid),
)
async def explain_grade(
    study_session_id: UUID,
    student_id: UUID,
    reads: ReadsDep,
    user: CurrentUser,
    moment: MomentDep,
) -> ExplanationOut:
    """How a student's percentage in a class came about: categories, works, marks, parts. The
    weights are today's.
    """
    return await service.of_grade(reads, user, (study_session_id, student_id), moment)
