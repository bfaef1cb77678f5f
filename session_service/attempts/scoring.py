"""From attempts to marks (S-A9, S-A11): what is over is marked by rule, part by part, and what
counts of a student's attempts becomes the mark.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
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
from session_service.marks.rules import Part, add_up
from session_service.marks.schemas import PartSource
from session_service.marks.trail import Act
from session_service.question_rules.answers import AnyAnswer
from session_service.question_rules.marking import Marked, mark, total

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
    parts = await repository.list_parts(session, [one.id for one in over])
    found = count(list(_scored(assessment, over, parts)), Counting(assessment.counting))
    work = marks.Work(None, []) if found is None else _work(assessment, found, parts)
    student_id = attempts[0].student_id
    work = replace(work, parts=await _with_hand(session, assessment.id, student_id, work))
    await marks.set_parts(session, assessment.id, student_id, work, act)


async def _with_hand(
    session: AsyncSession, item_id: UUID, student_id: UUID, work: marks.Work
) -> list[Part]:
    """The same parts, but for what somebody has marked by hand in the gradebook since, and with
    what an import has added to them.
    """
    held = await mark_rows.share(session, item_id)
    mark_row = await mark_rows.lock(session, held.item, student_id)
    if mark_row.work_id != work.work_id:
        return list(work.parts)
    there = await mark_rows.list_parts(session, mark_row.id)
    by_hand = {one.key: one for one in there if one.source != PartSource.AUTO}
    known = {one.key for one in work.parts}
    added = [one for one in there if one.source is PartSource.IMPORT and one.key not in known]
    return [*(by_hand.get(one.key, one) if one.source is PartSource.AUTO else one
              for one in work.parts), *added]  # fmt: skip


def total_of(
    assessment: Assessment, over: Sequence[Attempt], parts: Mapping[UUID, Sequence[AttemptPart]]
) -> Decimal | None:
    """What a student's attempts, which are over, come to by the rule that counts; a mark is never
    below 0.
    """
    found = count(list(_scored(assessment, over, parts)), Counting(assessment.counting))
    return None if found is None else add_up(_work(assessment, found, parts).parts, None).total


def counts(attempt: Attempt) -> bool:
    """Whether it is over, marked and not void."""
    return attempt.state == AttemptState.CLOSED and attempt.marked_at is not None


def score_of(assessment: Assessment, parts: Iterable[AttemptPart]) -> Decimal | None:
    """The points of an attempt; `None` while a part waits to be marked."""
    return total((part.points for part in parts), floor_at_zero=assessment.floor_at_zero)


def _scored(
    assessment: Assessment, over: Sequence[Attempt], parts: Mapping[UUID, Sequence[AttemptPart]]
) -> Iterable[Scored]:
    for one in over:
        yield Scored(one.id, one.started_at, score_of(assessment, parts.get(one.id, ())))


def _work(
    assessment: Assessment, found: Counted, parts: Mapping[UUID, Sequence[AttemptPart]]
) -> marks.Work:
    if found.mean is None:
        return marks.Work(found.attempt_id, [one.part for one in parts.get(found.attempt_id, ())])
    of = f"mean of {len(parts)} attempts"
    mean = Part(MEAN, found.mean, assessment.points, PartSource.AUTO, of)
    return marks.Work(found.attempt_id, [mean])
