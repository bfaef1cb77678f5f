"""Answers that a person marks, over HTTP."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from libs.auth import WrongRole
from libs.deps import Tutor
from libs.errors import Invalid, Unauthorized, problems
from libs.hot_reads import RowPage
from libs.pagination import BadCursor, Page, Paging
from libs.postgres_deps import ReadsDep, SessionDep
from session_service.assessments.errors import AssessmentNotFound
from session_service.attempts.errors import AttemptNotFound, AttemptRunning, AttemptVoided
from session_service.attempts.models import AttemptPart
from session_service.marking_queue import repository, service
from session_service.marking_queue.errors import PartNotFound
from session_service.marking_queue.schemas import (
    AttemptPartOut,
    AttemptParts,
    PartPut,
    QueuedAnswer,
)
from session_service.marks.errors import StudentNotFound

router = APIRouter(prefix="/v1", tags=["attempts"])


@router.get(
    "/assessments/{assessment_id}/marking-queue",
    response_model=Page[QueuedAnswer],
    responses=problems(Unauthorized, WrongRole, AssessmentNotFound, BadCursor, Invalid),
)
async def list_marking_queue(
    assessment_id: UUID,
    reads: ReadsDep,
    user: Tutor,
    page: Paging,
    question_id: Annotated[UUID | None, Query(description="Only answers to this one.")] = None,
) -> RowPage:
    """Answers that wait to be marked: with `limit=1` the next one, with `question_id` the same
    question across students.
    """
    return await service.list_page(reads, user, assessment_id, question_id, page)


@router.get(
    "/attempts/{attempt_id}/parts",
    responses=problems(Unauthorized, WrongRole, AttemptNotFound, Invalid),
)
async def get_attempt_parts(attempt_id: UUID, reads: ReadsDep, user: Tutor) -> AttemptParts:
    """The points of each question of an attempt, for who teaches or helps."""
    parts = await repository.list_parts(reads, user, attempt_id)
    return AttemptParts.model_validate({"parts": parts})


@router.put(
    "/attempts/{attempt_id}/parts/{question_id}",
    response_model=AttemptPartOut,
    responses=problems(
        Unauthorized, WrongRole, AttemptNotFound, AttemptVoided, AttemptRunning, PartNotFound,
        StudentNotFound, Invalid,
    ),
)  # fmt: skip
async def mark_attempt_part(
    attempt_id: UUID, question_id: UUID, body: PartPut, session: SessionDep, user: Tutor
) -> AttemptPart:
    """Marks one question of an attempt by hand; the student sees it as the column's rule has it."""
    return await service.put(session, user, attempt_id, question_id, body)
