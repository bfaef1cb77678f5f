"""Queries for answers that a person marks. Permission is part of every query."""

from uuid import UUID

from sqlalchemy import Uuid, and_, bindparam, select

from libs.auth import Principal
from libs.hot_reads import PageQuery, Query, Row, RowPage, columns_of
from libs.pagination import PageRequest
from libs.postgres import Reads
from session_service.assessments.models import Assessment, AssessmentQuestion
from session_service.attempts.errors import AttemptNotFound
from session_service.attempts.models import Attempt, AttemptAnswer, AttemptPart
from session_service.attempts.schemas import AttemptState
from session_service.class_roles.models import taught_by
from session_service.class_roles.schemas import HELPERS
from session_service.marking_queue.schemas import AttemptPartOut
from session_service.questions.models import QuestionVersion

_CALLER = bindparam("caller", type_=Uuid())
_SEEN = Query(
    select(Assessment.id).where(
        Assessment.id == bindparam("assessment_id"),
        taught_by(_CALLER, HELPERS, Assessment.study_session_id),
    )
)
_PAGE = PageQuery(
    select(
        AttemptPart.id,
        AttemptPart.attempt_id,
        AttemptPart.question_id,
        Attempt.student_id,
        QuestionVersion.content,
        AttemptAnswer.answer,
        AttemptPart.maximum,
        Attempt.closed_at,
    )
    .join(Attempt, Attempt.id == AttemptPart.attempt_id)
    .join(AssessmentQuestion, AssessmentQuestion.id == AttemptPart.question_id)
    .join(QuestionVersion, QuestionVersion.id == AssessmentQuestion.version_id)
    .outerjoin(
        AttemptAnswer,
        and_(
            AttemptAnswer.attempt_id == AttemptPart.attempt_id,
            AttemptAnswer.question_id == AttemptPart.question_id,
        ),
    )
    .where(
        Attempt.assessment_id == bindparam("assessment_id"),
        Attempt.state == AttemptState.CLOSED.value,
        AttemptPart.points.is_(None),
        taught_by(_CALLER, HELPERS, Attempt.study_session_id),
    ),
    AttemptPart.id,
    {"question_id": AttemptPart.question_id == bindparam("question_id")},
)
_OF_ATTEMPT = and_(
    Attempt.id == bindparam("attempt_id"),
    taught_by(_CALLER, HELPERS, Attempt.study_session_id),
)
_HELPED = Query(select(Attempt.id).where(_OF_ATTEMPT))
_PARTS = Query(
    select(*columns_of(AttemptPart, AttemptPartOut))
    .join(Attempt, Attempt.id == AttemptPart.attempt_id)
    .where(_OF_ATTEMPT)
    .order_by(AttemptPart.position)
)


async def is_helped(reads: Reads, user: Principal, assessment_id: UUID) -> bool:
    """Whether the caller teaches or helps in the class of an assessment."""
    found = await _SEEN.first(reads, caller=user.account_id, assessment_id=assessment_id)
    return found is not None


async def list_page(
    reads: Reads, user: Principal, assessment_id: UUID, question_id: UUID | None, page: PageRequest
) -> RowPage:
    """Answers that wait, those that came last first."""
    values = {"assessment_id": assessment_id, "question_id": question_id}
    return await _PAGE.page(reads, page, caller=user.account_id, **values)


async def list_parts(reads: Reads, user: Principal, attempt_id: UUID) -> list[Row]:
    """The parts of an attempt, in the order of its paper. Raises `AttemptNotFound`."""
    values = {"caller": user.account_id, "attempt_id": attempt_id}
    if await _HELPED.first(reads, **values) is None:
        raise AttemptNotFound
    return await _PARTS.all(reads, **values)
