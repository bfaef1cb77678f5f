"""The rules of attempts at assessments (S17, S18, S20): start, hand in, declare void.

The server's clock is the only one. What students save stands in `saving.py`, what the clock does in
`closing.py`.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from libs.auth import Principal
from libs.errors import FieldProblem, Invalid
from libs.ids import new_id
from session_service.assessments import papers
from session_service.assessments import repository as assessments
from session_service.assessments.errors import AssessmentNotOpen
from session_service.assessments.models import Assessment
from session_service.assessments.schemas import MOST_ATTEMPTS
from session_service.attempts import closing, deadlines, files, repository, scoring, telling
from session_service.attempts.errors import (
    AttemptClosed,
    AttemptTooSoon,
    AttemptVoided,
    NoAttemptLeft,
    QuestionNotInPaper,
)
from session_service.attempts.models import Attempt
from session_service.attempts.repository import Place
from session_service.attempts.rules import deadline, next_number
from session_service.attempts.schemas import AttemptState, FinalAnswer, Submission, Voiding
from session_service.marks.trail import Act


async def start(
    session: AsyncSession, user: Principal, assessment_id: UUID, now: datetime
) -> tuple[Attempt, bool]:
    """The student's open attempt, or a new one, and whether it is new: however often it is asked,
    and by however many at once, there is one (S-A11).

    Raises `AssessmentNotFound`, `StudySessionNotOpen`, `AssessmentNotOpen`, `AttemptTooSoon` or
    `NoAttemptLeft`.
    """
    place = await repository.lock_place(session, user, assessment_id)
    while True:
        there = await repository.lock_all_of(session, assessment_id, user.account_id)
        for one in there:
            await closing.expire(session, place, one, now)
            if one.is_open:
                return one, False
        made = await _make(session, user, place, there, now)
        if await repository.add(session, made):
            await telling.started(session, place.study_session, made)
            return made, True


async def _make(
    session: AsyncSession, user: Principal, place: Place, there: Sequence[Attempt], now: datetime
) -> Attempt:
    """The next attempt, if there is one."""
    place.study_session.check_open()
    assessment = place.assessment
    grant = await deadlines.granted(session, assessment.id, user.account_id)
    ends = deadlines.window_end(assessment, grant)
    if assessment.opens_at is None or not assessment.opens_at <= now < ends:
        raise AssessmentNotOpen
    sound = [one for one in there if one.state != AttemptState.VOIDED]
    limit = assessment.attempt_limit or MOST_ATTEMPTS
    number = next_number({one.number for one in sound}, limit)
    if number is None:
        raise NoAttemptLeft
    _check_pause(assessment, sound, now)
    until, seed = deadline(now, ends, assessment.time_limit_minutes, grant), papers.new_seed()
    drawn = papers.drawn(await assessments.sheet(session, assessment), seed)
    return Attempt(
        id=new_id(), assessment_id=assessment.id, study_session_id=assessment.study_session_id,
        student_id=user.account_id, number=number, state=AttemptState.OPEN.value, seed=seed,
        question_ids=[one.id for one in drawn], started_at=now, deadline=until,
        takes_until=until + deadlines.allowance(assessment), closed_at=None, ending=None,
        marked_at=None, voided_at=None, voided_by=None, void_reason=None, revision=1,
    )  # fmt: skip


async def submit(
    session: AsyncSession, user: Principal, attempt_id: UUID, wanted: Submission, now: datetime
) -> Attempt:
    """Ends an attempt as its student, with answers that are not saved yet; what is over already is
    no news.

    Raises `AttemptNotFound`, `AttemptVoided`, `QuestionNotInPaper`, `Invalid` for what can be no
    answer, or a question twice (R5), and `AttemptClosed` for answers that come too late.
    """
    attempt = await repository.lock_own(session, user, attempt_id)
    if attempt.state == AttemptState.VOIDED:
        raise AttemptVoided
    place = await repository.get_place(session, attempt.assessment_id)
    await closing.expire(session, place, attempt, now)
    await _take(session, user, attempt, wanted.answers, now)
    if attempt.submit(now):
        await session.flush()
        await telling.closed(session, place.study_session, attempt)
    return attempt


async def void(
    session: AsyncSession, user: Principal, attempt_id: UUID, wanted: Voiding, now: datetime
) -> Attempt:
    """Declares an attempt void: it counts nowhere, and the student may try once more. Raises
    `AttemptNotFound`.
    """
    found = await repository.get_taught(session, user, attempt_id)
    attempts = await repository.lock_all_of(session, found.assessment_id, found.student_id)
    if found.void(user.account_id, wanted.reason, now):
        await session.flush()
        place = await repository.get_place(session, found.assessment_id)
        if found.marked_at is not None:
            act = Act(user.account_id, wanted.reason, now)
            await scoring.recount(session, place.assessment, attempts, act)
        await telling.voided(session, place.study_session, found)
    return found


async def reschedule(
    session: AsyncSession, assessment_id: UUID, student_id: UUID | None = None
) -> None:
    """Lets the deadlines of open attempts follow the window and what single students are granted.
    Repeatable.
    """
    attempts = await repository.lock_open(session, assessment_id, student_id)
    if not attempts:
        return
    assessment = (await repository.get_place(session, assessment_id)).assessment
    for one in attempts:
        await deadlines.follow(session, assessment, one)
    await session.flush()


def _check_pause(assessment: Assessment, sound: Sequence[Attempt], now: datetime) -> None:
    ended = [one.closed_at for one in sound if one.closed_at is not None]
    again = max(ended) + timedelta(minutes=assessment.cooldown_minutes) if ended else now
    if now < again:
        raise AttemptTooSoon(retry_after=int((again - now).total_seconds()) + 1)


async def _take(
    session: AsyncSession,
    user: Principal,
    attempt: Attempt,
    given: Sequence[FinalAnswer],
    now: datetime,
) -> None:
    """Saves what is handed in with the end, unless it is saved already."""
    ids = [one.question_id for one in given]
    if not ids:
        return
    _check_once(ids)
    if not set(ids) <= set(attempt.question_ids):
        raise QuestionNotInPaper
    await _check_kinds(session, given)
    answers = [(f"/answers/{place}/answer", one.answer) for place, one in enumerate(given)]
    await files.check(session, user, attempt.id, answers)
    saved = await repository.list_answers(session, attempt.id)
    accepted = {one: saved[one].revision if one in saved else 0 for one in ids}
    fresh = [one for one in given if one.revision > accepted[one.question_id]]
    if fresh and not attempt.takes(now):
        raise AttemptClosed.at(accepted[fresh[0].question_id])
    await repository.keep_answers(session, [_row(attempt, one, now) for one in fresh])


def _check_once(ids: Sequence[UUID]) -> None:
    for place, one in enumerate(ids):
        if one in ids[:place]:
            problem = FieldProblem(f"/answers/{place}", "question_twice", "answered above")
            raise Invalid(fields=[problem])


async def _check_kinds(session: AsyncSession, given: Sequence[FinalAnswer]) -> None:
    contents = await repository.contents(session, [one.question_id for one in given])
    misfits = [contents[one.question_id].misfit(one.answer) for one in given]
    problems = [
        FieldProblem(f"/answers/{place}/answer", misfit, "no answer to this question")
        for place, misfit in enumerate(misfits)
        if misfit is not None
    ]
    if problems:
        raise Invalid(fields=problems)


def _row(attempt: Attempt, one: FinalAnswer, now: datetime) -> dict[str, Any]:
    return {
        "attempt_id": attempt.id, "question_id": one.question_id, "revision": one.revision,
        "answer": one.answer.model_dump(mode="json"), "saved_at": now,
    }  # fmt: skip
