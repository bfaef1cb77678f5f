"""Marking anew after a key was corrected (S22): first a look at who changes, then the change, with
an entry in the trail of each mark.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from libs.auth import Principal
from session_service.assessments import repository as assessments
from session_service.assessments.models import Assessment, AssessmentQuestion, Keyed
from session_service.attempts import repository as attempts
from session_service.attempts import scoring
from session_service.attempts.models import Attempt, AttemptPart
from session_service.marks.trail import Act
from session_service.question_rules.marking import Marked
from session_service.questions.models import QuestionVersion
from session_service.regrades import repository
from session_service.regrades.errors import KeyDoesNotFit
from session_service.regrades.schemas import Changed, RegradeOut

Parts = Mapping[UUID, Sequence[AttemptPart]]


class Change(NamedTuple):
    """A part that another key marks otherwise."""

    part: AttemptPart
    marked: Marked
    before: Decimal | None


class Case(NamedTuple):
    """A question to be marked anew, by a key that fits it."""

    assessment: Assessment
    question: AssessmentQuestion
    newest: QuestionVersion
    was: Keyed
    keyed: Keyed


async def regrade(
    session: AsyncSession,
    user: Principal,
    assessment_id: UUID,
    question_id: UUID,
    reason: str | None,
) -> RegradeOut:
    """Marks a question by the newest version of its key, and says for whom what changes; without a
    `reason` it only looks. What a person has marked stays. Done twice it changes nothing more.

    Raises `AssessmentNotFound`, `QuestionNotAsked` or `KeyDoesNotFit`.
    """
    case = await _case(session, user, assessment_id, question_id)
    every = await repository.lock_attempts(session, assessment_id)
    by_student: dict[UUID, list[Attempt]] = defaultdict(list)
    for one in every:
        by_student[one.student_id].append(one)
    over = {one.id: one for one in every}
    parts = await attempts.list_parts(session, over)
    before = {student: scoring.total_of(case.assessment, of, _of(parts, of))
              for student, of in by_student.items()}  # fmt: skip
    changes = await _changes(session, case, over)
    with session.no_autoflush:
        _apply(case.keyed, changes)
        found = _shown(case, changes, by_student, parts, before)
    if reason is None:
        for change in changes:
            session.expire(change.part)
        return found
    now: datetime = session.info["clock"].now()
    case.question.key_version_id = case.newest.id
    await session.flush()
    act = Act(user.account_id, reason, now)
    for changed in found.students:
        await scoring.recount(session, case.assessment, by_student[changed.student_id], act)
    return found


async def _case(
    session: AsyncSession, user: Principal, assessment_id: UUID, question_id: UUID
) -> Case:
    assessment, _ = await assessments.lock_taught(session, user, assessment_id)
    question, newest = await repository.get_question(session, assessment_id, question_id)
    was = (await assessments.keyed(session, assessment_id))[question_id]
    key = newest.read_key
    if key.type != was.content.type or key.problem(was.content) is not None:
        raise KeyDoesNotFit
    keyed = replace(was, key=key, key_version_id=newest.id, key_number=newest.number)
    return Case(assessment, question, newest, was, keyed)


async def _changes(session: AsyncSession, case: Case, over: Mapping[UUID, Attempt]) -> list[Change]:
    found = []
    for one in await repository.list_affected(session, case.question.id):
        marked = scoring.by_rule(case.keyed, one.answer)
        if one.part.attempt_id in over and marked.points != one.part.points:
            found.append(Change(one.part, marked, one.part.points))
    return found


def _apply(keyed: Keyed, changes: Sequence[Change]) -> None:
    for part, marked, _ in changes:
        part.points, part.outcome = marked.points, marked.outcome.value
        part.rule = scoring.rule_of(keyed, marked)


def _shown(
    case: Case,
    changes: Sequence[Change],
    by_student: Mapping[UUID, Sequence[Attempt]],
    parts: Parts,
    before: Mapping[UUID, Decimal | None],
) -> RegradeOut:
    students = []
    for student_id, of in by_student.items():
        ids = {one.id for one in of}
        own = [one for one in changes if one.part.attempt_id in ids]
        if own:
            students.append(
                Changed(
                    student_id=student_id,
                    attempt_ids=[one.part.attempt_id for one in own],
                    from_points=[one.before for one in own if one.before is not None],
                    to_points=[one.marked.points for one in own if one.marked.points is not None],
                    from_total=before[student_id],
                    to_total=scoring.total_of(case.assessment, of, _of(parts, of)),
                )
            )
    return RegradeOut(
        question_id=case.question.id,
        from_version=case.was.key_number,
        to_version=case.newest.number,
        students=students,
    )


def _of(parts: Parts, attempts: Sequence[Attempt]) -> dict[UUID, Sequence[AttemptPart]]:
    return {one.id: parts.get(one.id, ()) for one in attempts}
