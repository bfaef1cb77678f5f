"""From attempts to marks (S-A9, S-A11): what is over is marked by rule, part by part, and what
counts of a student's attempts becomes the mark.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from libs.ids import new_id
from session_service.assessments import repository as assessments
from session_service.assessments.models import Assessment, Keyed
from session_service.assessments.schemas import Counting
from session_service.attempts import repository
from session_service.attempts.models import ANSWER, Attempt, AttemptAnswer, AttemptPart
from session_service.attempts.rules import Counted, Scored, count
from session_service.attempts.schemas import AttemptState
from session_service.marks import repository as mark_rows
from session_service.marks import service as marks
from session_service.marks.rules import Part
from session_service.marks.schemas import PartSource
from session_service.marks.trail import Act
from session_service.question_rules.answers import AnyAnswer
from session_service.question_rules.marking import Marked, mark, total

Parts = Mapping[UUID, list[Part]]
"""The parts of attempts, by the ids of these."""
MEAN = "mean"
"""The one part of a mark that is the mean of several attempts."""


async def score(
    session: AsyncSession, assessment: Assessment, attempt: Attempt, now: datetime
) -> None:
    """Marks an attempt that is locked and over: each question of its paper by its answer (R5)."""
    keyed = await assessments.keyed(session, assessment.id)
    answers = await repository.list_answers(session, attempt.id)
    parts = [
        make_part(attempt.id, place, keyed[question_id], answers.get(question_id), now)
        for place, question_id in enumerate(attempt.question_ids)
    ]
    attempt.marked_at = now
    attempt.revision += 1
    session.add_all(parts)
    await session.flush()


def make_part(
    attempt_id: UUID, place: int, keyed: Keyed, answer: AttemptAnswer | None, now: datetime
) -> AttemptPart:
    """The part of one question, by its key as it is now."""
    marked = by_rule(keyed, answer)
    return AttemptPart(
        id=new_id(), attempt_id=attempt_id, question_id=keyed.asked.id, position=place,
        points=marked.points, maximum=marked.max_points, source=PartSource.AUTO.value,
        outcome=marked.outcome.value, rule=rule_of(keyed, marked), note="", marked_by=None,
        marked_at=now,
    )  # fmt: skip


def by_rule(keyed: Keyed, answer: AttemptAnswer | None) -> Marked:
    """What an answer earns by a key."""
    given: AnyAnswer | None = None if answer is None else ANSWER.validate_python(answer.answer)
    return mark(keyed.content, keyed.key, given, keyed.asked.points, keyed.asked.negative)


def rule_of(keyed: Keyed, marked: Marked) -> str:
    """By what a part was marked: the rule with its version, and the key's version."""
    return f"{marked.rule} key {keyed.key_number}"


async def recount(
    session: AsyncSession, assessment: Assessment, attempts: Sequence[Attempt], act: Act
) -> None:
    """Makes a student's mark from what counts of all the attempts, which are locked. Done twice it
    gives the same.
    """
    over = [one for one in attempts if counts(one)]
    rows = await repository.list_parts(session, [one.id for one in over])
    found = work_of(assessment, over, as_parts(rows))
    student_id = attempts[0].student_id
    held = await mark_rows.share(session, assessment.id)
    there = await mark_rows.lock(session, held.item, student_id)
    given = await mark_rows.list_parts(session, there.id)
    work = with_hand(found, there.work_id, given)
    await marks.set_parts(session, assessment.id, student_id, work, act)


def with_hand(work: marks.Work, marked: UUID | None, there: Sequence[Part]) -> marks.Work:
    """The same work, but for what somebody has marked by hand in the gradebook since, and with what
    an import has added: both stand in the parts `there` of the mark, if it is for this work.
    """
    if marked != work.work_id:
        return work
    by_hand = {one.key: one for one in there if one.source != PartSource.AUTO}
    known = {one.key for one in work.parts}
    added = [one for one in there if one.source is PartSource.IMPORT and one.key not in known]
    kept = [by_hand.get(one.key, one) if one.source is PartSource.AUTO else one
            for one in work.parts]  # fmt: skip
    return replace(work, parts=[*kept, *added])


def as_parts(rows: Mapping[UUID, Sequence[AttemptPart]]) -> dict[UUID, list[Part]]:
    """The parts of attempts as marks know them."""
    return {attempt_id: [one.part for one in of] for attempt_id, of in rows.items()}


def work_of(assessment: Assessment, over: Sequence[Attempt], parts: Parts) -> marks.Work:
    """What counts of a student's attempts, which are over, by the rule of the assessment. Pure."""
    found = count(list(_scored(assessment, over, parts)), Counting(assessment.counting))
    return marks.Work(None, []) if found is None else _work(assessment, found, parts)


def counts(attempt: Attempt) -> bool:
    """Whether it is over, marked and not void."""
    return attempt.state == AttemptState.CLOSED and attempt.marked_at is not None


def _scored(assessment: Assessment, over: Sequence[Attempt], parts: Parts) -> Iterable[Scored]:
    for one in over:
        points = (part.points for part in parts.get(one.id, ()))
        yield Scored(one.id, one.started_at, total(points, floor_at_zero=assessment.floor_at_zero))


def _work(assessment: Assessment, found: Counted, parts: Parts) -> marks.Work:
    if found.mean is None:
        return marks.Work(found.attempt_id, parts.get(found.attempt_id, []))
    of = f"mean of {len(parts)} attempts"
    mean = Part(MEAN, found.mean, assessment.points, PartSource.AUTO, of)
    return marks.Work(found.attempt_id, [mean])
