"""Marking anew after a key was corrected (S22): first a look at who changes, then the change, with
an entry in the trail of each mark.

The look locks nothing. Both count by `_found`, so the look says what the change does.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from libs.auth import Principal
from session_service.assessments import repository as assessments
from session_service.assessments.models import Assessment, AssessmentQuestion, Keyed
from session_service.attempts import repository as attempts
from session_service.attempts import scoring
from session_service.attempts.models import Attempt, AttemptPart
from session_service.marks import repository as mark_rows
from session_service.marks import service as marks
from session_service.marks.models import Mark
from session_service.marks.rules import Part, add_up
from session_service.marks.service import Act, Want, Work
from session_service.question_rules.marking import Marked
from session_service.questions.models import QuestionVersion
from session_service.regrades import repository
from session_service.regrades.errors import KeyDoesNotFit
from session_service.regrades.schemas import Changed, RegradeOut


class Change(NamedTuple):
    """A part that another key marks otherwise."""

    part: AttemptPart
    marked: Marked


class Case(NamedTuple):
    """A question to be marked anew, by a key that fits it."""

    assessment: Assessment
    question: AssessmentQuestion
    newest: QuestionVersion
    was: Keyed
    keyed: Keyed


class Found(NamedTuple):
    """Which parts change, what becomes of the marks of their students, and how that is told."""

    changes: Sequence[Change]
    wants: Sequence[Want]
    shown: RegradeOut


async def preview(
    session: AsyncSession, user: Principal, assessment_id: UUID, question_id: UUID
) -> RegradeOut:
    """For whom `regrade` would change what; locks nothing.

    Raises `AssessmentNotFound`, `QuestionNotAsked` or `KeyDoesNotFit`.
    """
    assessment, _ = await assessments.get_taught(session, user, assessment_id)
    case = await _case(session, assessment, question_id)
    every = await repository.list_attempts(session, assessment_id)
    there = await repository.list_marks(session, assessment_id)
    return (await _found(session, case, every, there)).shown


async def regrade(
    session: AsyncSession, user: Principal, assessment_id: UUID, question_id: UUID, reason: str
) -> RegradeOut:
    """Marks a question by the newest version of its key, and says for whom what changes. What a
    person has marked stays. Done twice it changes nothing more.

    Raises `AssessmentNotFound`, `QuestionNotAsked` or `KeyDoesNotFit`.
    """
    assessment, _ = await assessments.lock_taught(session, user, assessment_id)
    case = await _case(session, assessment, question_id)
    every = await repository.lock_attempts(session, assessment_id)
    held = await mark_rows.share(session, assessment_id)
    locked = await repository.lock_marks(session, assessment_id)
    found = await _found(session, case, every, locked)
    for part, marked in found.changes:
        part.points, part.outcome = marked.points, marked.outcome.value
        part.rule = scoring.rule_of(case.keyed, marked)
    case.question.key_version_id = case.newest.id
    await session.flush()
    act = Act(user.account_id, reason, session.info["clock"].now())
    await marks.set_many(session, {assessment_id: held}, found.wants, act)
    return found.shown


async def _case(session: AsyncSession, assessment: Assessment, question_id: UUID) -> Case:
    question, newest = await repository.get_question(session, assessment.id, question_id)
    was = (await assessments.keyed(session, assessment.id))[question_id]
    key = newest.read_key
    if key.type != was.content.type or key.problem(was.content) is not None:
        raise KeyDoesNotFit
    keyed = replace(was, key=key, key_version_id=newest.id, key_number=newest.number)
    return Case(assessment, question, newest, was, keyed)


async def _found(
    session: AsyncSession, case: Case, every: Sequence[Attempt], there: Sequence[Mark]
) -> Found:
    student_of = {one.id: one.student_id for one in every}
    changes: dict[UUID, list[Change]] = defaultdict(list)
    for one in await repository.list_affected(session, case.question.id):
        marked = scoring.by_rule(case.keyed, one.answer)
        student_id = student_of.get(one.part.attempt_id)
        if student_id is not None and marked.points != one.part.points:
            changes[student_id].append(Change(one.part, marked))
    rows = await attempts.list_parts(session, student_of)
    parts = _after(case, scoring.as_parts(rows), [one for of in changes.values() for one in of])
    given = await mark_rows.parts_of(session, [one.id for one in there])
    mark_of = {one.student_id: one for one in there}
    over: dict[UUID, list[Attempt]] = defaultdict(list)
    for attempt in every:
        over[attempt.student_id].append(attempt)
    wants, shown = [], []
    for student_id in sorted(changes):
        mark = mark_of.get(student_id)
        work = _work(case, over[student_id], parts, mark, given)
        excused = mark is not None and mark.excused
        wants.append(Want(case.assessment.id, student_id, excused, work))
        shown.append(_changed(student_id, changes[student_id], mark, work))
    return Found([one for of in changes.values() for one in of], wants, _shown(case, shown))


def _after(case: Case, parts: scoring.Parts, changes: Sequence[Change]) -> scoring.Parts:
    """The parts as they are after the change."""
    new = {one.part.attempt_id: one.marked for one in changes}
    key = str(case.question.id)

    def marked(attempt_id: UUID, part: Part) -> Part:
        found = new.get(attempt_id)
        if part.key != key or found is None:
            return part
        return replace(part, points=found.points, rule=scoring.rule_of(case.keyed, found))

    return {one: [marked(one, part) for part in of] for one, of in parts.items()}


def _work(
    case: Case,
    of: Sequence[Attempt],
    parts: scoring.Parts,
    mark: Mark | None,
    given: Mapping[UUID, list[Part]],
) -> Work:
    """What a student's mark is made of with these parts of the attempts."""
    work = scoring.work_of(case.assessment, of, {one.id: parts.get(one.id, []) for one in of})
    return work if mark is None else scoring.with_hand(work, mark.work_id, given.get(mark.id, []))


def _changed(student_id: UUID, own: Sequence[Change], mark: Mark | None, work: Work) -> Changed:
    return Changed(
        student_id=student_id,
        attempt_ids=[one.part.attempt_id for one in own],
        from_points=[one.part.points for one in own if one.part.points is not None],
        to_points=[one.marked.points for one in own if one.marked.points is not None],
        from_total=None if mark is None else mark.total,
        to_total=add_up(work.parts, work.penalty).total,
    )


def _shown(case: Case, students: Sequence[Changed]) -> RegradeOut:
    return RegradeOut(
        question_id=case.question.id,
        from_version=case.was.key_number,
        to_version=case.newest.number,
        students=list(students),
    )
