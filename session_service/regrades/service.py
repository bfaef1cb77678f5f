"""Marking anew after a key was corrected (S22): first a look at who changes, then the change, with
an entry in the trail of each mark.

The look locks nothing. Both count by `_found`, so the look says what the change does.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from itertools import groupby
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
from session_service.marks.models import Mark
from session_service.marks.rules import Part, add_up
from session_service.marks.trail import Act
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
    """All attempts that are over, by their students; which parts change; and what comes of it."""

    by_student: Mapping[UUID, Sequence[Attempt]]
    changes: Sequence[Change]
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
    marks = await repository.list_marks(session, assessment_id)
    return (await _found(session, case, every, marks)).shown


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
    await mark_rows.share(session, assessment_id)
    marks = await repository.lock_marks(session, assessment_id)
    found = await _found(session, case, every, marks)
    for part, marked in found.changes:
        part.points, part.outcome = marked.points, marked.outcome.value
        part.rule = scoring.rule_of(case.keyed, marked)
    case.question.key_version_id = case.newest.id
    await session.flush()
    act = Act(user.account_id, reason, session.info["clock"].now())
    for changed in found.shown.students:
        await scoring.recount(session, assessment, found.by_student[changed.student_id], act)
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
    session: AsyncSession, case: Case, every: Sequence[Attempt], marks: Sequence[Mark]
) -> Found:
    over = {one.id for one in every}
    changes = []
    for one in await repository.list_affected(session, case.question.id):
        marked = scoring.by_rule(case.keyed, one.answer)
        if one.part.attempt_id in over and marked.points != one.part.points:
            changes.append(Change(one.part, marked))
    ordered = sorted(every, key=lambda one: (one.student_id, one.id))
    by_student = {student: list(of) for student, of in groupby(ordered, lambda one: one.student_id)}
    parts = _after(case, scoring.as_parts(await attempts.list_parts(session, over)), changes)
    given = await mark_rows.parts_of(session, [one.id for one in marks])
    by_mark = {one.student_id: one for one in marks}
    students = [
        _changed(student_id, own, by_mark.get(student_id), total)
        for student_id, of in by_student.items()
        if (own := [one for one in changes if one.part.attempt_id in {each.id for each in of}])
        for total in [_total(case, of, parts, by_mark.get(student_id), given)]
    ]
    return Found(by_student, changes, _shown(case, students))


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


def _total(
    case: Case,
    of: Sequence[Attempt],
    parts: scoring.Parts,
    mark: Mark | None,
    given: Mapping[UUID, list[Part]],
) -> Decimal | None:
    """What a student's mark comes to with these parts of the attempts."""
    work = scoring.work_of(case.assessment, of, {one.id: parts.get(one.id, []) for one in of})
    if mark is not None:
        work = scoring.with_hand(work, mark.work_id, given.get(mark.id, []))
    return add_up(work.parts, work.penalty).total


def _changed(
    student_id: UUID, own: Sequence[Change], mark: Mark | None, total: Decimal | None
) -> Changed:
    return Changed(
        student_id=student_id,
        attempt_ids=[one.part.attempt_id for one in own],
        from_points=[one.part.points for one in own if one.part.points is not None],
        to_points=[one.marked.points for one in own if one.marked.points is not None],
        from_total=None if mark is None else mark.total,
        to_total=total,
    )


def _shown(case: Case, students: Sequence[Changed]) -> RegradeOut:
    return RegradeOut(
        question_id=case.question.id,
        from_version=case.was.key_number,
        to_version=case.newest.number,
        students=list(students),
    )
