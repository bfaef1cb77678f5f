"""Queries for marking anew; the assessment is locked, and the caller's rights are known."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import and_, select
from sqlalchemy.ext.asyncio import AsyncSession

from session_service.assessments.models import AssessmentQuestion
from session_service.attempts.models import Attempt, AttemptAnswer, AttemptPart
from session_service.attempts.schemas import AttemptState
from session_service.marks.schemas import PartSource
from session_service.questions.models import Question, QuestionVersion
from session_service.regrades.errors import QuestionNotAsked


@dataclass(frozen=True, slots=True)
class Affected:
    """A part that a rule has marked, and the answer."""

    part: AttemptPart
    answer: AttemptAnswer | None


async def get_question(
    session: AsyncSession, assessment_id: UUID, question_id: UUID
) -> tuple[AssessmentQuestion, QuestionVersion]:
    """A frozen question, and the newest version of it in its bank. Raises `QuestionNotAsked`."""
    row = (
        await session.execute(
            select(AssessmentQuestion, QuestionVersion)
            .join(Question, Question.id == AssessmentQuestion.question_id)
            .join(
                QuestionVersion,
                and_(
                    QuestionVersion.question_id == Question.id,
                    QuestionVersion.number == Question.number,
                ),
            )
            .where(
                AssessmentQuestion.assessment_id == assessment_id,
                AssessmentQuestion.id == question_id,
            )
        )
    ).first()
    if row is None:
        raise QuestionNotAsked
    return row[0], row[1]


async def lock_attempts(session: AsyncSession, assessment_id: UUID) -> Sequence[Attempt]:
    """All attempts at an assessment that are over and marked, locked."""
    found = await session.scalars(
        select(Attempt)
        .where(
            Attempt.assessment_id == assessment_id,
            Attempt.state == AttemptState.CLOSED.value,
            Attempt.marked_at.is_not(None),
        )
        .order_by(Attempt.student_id, Attempt.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return found.all()


async def list_affected(session: AsyncSession, question_id: UUID) -> Sequence[Affected]:
    """What a rule has given for a question; what a person has given stays."""
    rows = await session.execute(
        select(AttemptPart, AttemptAnswer)
        .outerjoin(
            AttemptAnswer,
            and_(
                AttemptAnswer.attempt_id == AttemptPart.attempt_id,
                AttemptAnswer.question_id == AttemptPart.question_id,
            ),
        )
        .where(
            AttemptPart.question_id == question_id,
            AttemptPart.source == PartSource.AUTO.value,
            AttemptPart.points.is_not(None),
        )
        .order_by(AttemptPart.attempt_id)
    )
    return [Affected(part, answer) for part, answer in rows]
