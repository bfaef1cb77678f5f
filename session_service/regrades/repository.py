"""Queries for marking anew; the caller's rights are known."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Select, and_, select
from sqlalchemy.ext.asyncio import AsyncSession

from session_service.assessments.models import AssessmentQuestion
from session_service.attempts.models import Attempt, AttemptAnswer, AttemptPart
from session_service.attempts.schemas import AttemptState
from session_service.marks.models import Mark
from session_service.marks.schemas import PartSource
from session_service.people.models import is_erased
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


async def list_attempts(session: AsyncSession, assessment_id: UUID) -> Sequence[Attempt]:
    """All attempts at an assessment that are over and marked."""
    return (await session.scalars(_over(assessment_id))).all()


async def lock_attempts(session: AsyncSession, assessment_id: UUID) -> Sequence[Attempt]:
    """The same, locked in the order of their ids."""
    return (await session.scalars(_over(assessment_id).with_for_update())).all()


def _over(assessment_id: UUID) -> Select[Attempt]:
    return (
        select(Attempt)
        .where(
            Attempt.assessment_id == assessment_id,
            Attempt.state == AttemptState.CLOSED.value,
            Attempt.marked_at.is_not(None),
        )
        .order_by(Attempt.id)
        .execution_options(populate_existing=True)
    )


async def list_marks(session: AsyncSession, assessment_id: UUID) -> Sequence[Mark]:
    """The marks for an assessment."""
    return (await session.scalars(_marks(assessment_id))).all()


async def lock_marks(session: AsyncSession, assessment_id: UUID) -> Sequence[Mark]:
    """The same, locked in the order of their ids, as whoever changes several takes them. The item
    is shared.
    """
    return (await session.scalars(_marks(assessment_id).with_for_update())).all()


def _marks(assessment_id: UUID) -> Select[Mark]:
    return (
        select(Mark)
        .where(Mark.item_id == assessment_id)
        .order_by(Mark.id)
        .execution_options(populate_existing=True)
    )


async def list_affected(session: AsyncSession, question_id: UUID) -> Sequence[Affected]:
    """What a rule has given for a question. What a person has given stays, and so do the points of
    students who are erased: their answers are gone, the record is not.
    """
    rows = await session.execute(
        select(AttemptPart, AttemptAnswer)
        .join(Attempt, Attempt.id == AttemptPart.attempt_id)
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
            ~is_erased(Attempt.student_id),
        )
        .order_by(AttemptPart.attempt_id)
        .execution_options(populate_existing=True)
    )
    return [Affected(part, answer) for part, answer in rows]
