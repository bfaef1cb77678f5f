"""When keys are shown (S16): to who teaches always, to a student by the assessment's setting."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from libs.auth import Principal
from session_service.answer_keys import repository
from session_service.answer_keys.repository import Seen
from session_service.answer_keys.schemas import AnsweredQuestion, AnswerKey
from session_service.assessments import papers
from session_service.assessments import repository as assessments
from session_service.assessments.errors import KeyNotReleased
from session_service.assessments.models import key_is_out
from session_service.attempts import deadlines
from session_service.attempts.rules import next_number


async def show(
    session: AsyncSession, user: Principal, attempt_id: UUID, now: datetime
) -> AnswerKey:
    """The paper of an attempt with its keys. Raises `KeyNotReleased`: whether there is no such
    attempt, or no key to see yet, is not told apart.
    """
    seen = await repository.get_seen(session, user, attempt_id)
    if not seen.taught and not await _is_out(session, seen, now):
        raise KeyNotReleased
    sheet = await assessments.sheet(session, seen.assessment)
    paper = papers.paper(sheet, seen.attempt.seed)
    keys = await repository.keys(session, [one.id for one in paper.questions])
    return AnswerKey(
        questions=[
            AnsweredQuestion(
                id=one.id,
                position=one.position,
                points=one.points,
                negative=one.negative,
                content=one.content,
                key=keys[one.id][0],
                explanation=keys[one.id][1],
            )
            for one in paper.questions
        ]
    )


async def _is_out(session: AsyncSession, seen: Seen, now: datetime) -> bool:
    """Whether the student of an attempt may see the key: not while anybody whom it could help is at
    it, or can start.
    """
    found = await repository.standing(session, seen.attempt, now)
    return key_is_out(
        seen.assessment.key_release,
        marks_seen=found.marks_seen,
        may_try=found.student_at_it or await _may_start(session, seen, now),
        all_over=seen.assessment.is_over(now) and not (found.anybody_at_it or found.extended),
    )


async def _may_start(session: AsyncSession, seen: Seen, now: datetime) -> bool:
    assessment = seen.assessment
    grant = await deadlines.granted(session, assessment.id, seen.attempt.student_id)
    if now >= deadlines.window_end(assessment, grant):
        return False
    taken = await repository.numbers(session, seen.attempt)
    return next_number(taken, assessment.attempt_limit) is not None
