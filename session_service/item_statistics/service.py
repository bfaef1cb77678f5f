"""When statistics of a test's questions are counted, and of what (S24). The counting itself is a
job's: no request waits for it.
"""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from itertools import groupby
from typing import NamedTuple
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from libs import outbox
from libs.auth import Principal
from session_service.assessments.errors import AssessmentIsDraft
from session_service.assessments.models import Assessment
from session_service.assessments.schemas import Counting
from session_service.attempts.rules import Scored, count
from session_service.item_statistics import facts as shapes
from session_service.item_statistics import repository
from session_service.item_statistics.models import ItemStatistics
from session_service.item_statistics.repository import Found, Total
from session_service.item_statistics.schemas import (
    ComputeStatistics,
    ItemStatisticsOut,
    ResultFacts,
    Results,
    StatisticsState,
)
from session_service.question_rules.marking import total


class Gathered(NamedTuple):
    """What statistics are counted from: `facts` stands for it as one text; the counting attempts of
    `waiting` students are not in it, since nobody knows their points.
    """

    facts: str
    waiting: int
    results: ResultFacts


async def get(session: AsyncSession, user: Principal, assessment_id: UUID) -> ItemStatisticsOut:
    """The statistics of a test that the caller teaches, as far as they are there. Raises
    `AssessmentNotFound`.
    """
    found = await repository.get_taught(session, user, assessment_id)
    return _shown(found, found.statistics)


async def ask(
    session: AsyncSession, user: Principal, assessment_id: UUID, now: datetime
) -> ItemStatisticsOut:
    """Sends a job, unless one is on its way or nothing has changed since the last. Raises
    `AssessmentNotFound` or `AssessmentIsDraft`.
    """
    found = await repository.get_taught(session, user, assessment_id)
    if found.assessment.is_draft:
        raise AssessmentIsDraft
    return _shown(found, await _queue(session, found, now))


async def refresh(session: AsyncSession, assessment_id: UUID) -> None:
    """The same by the clock."""
    now: datetime = session.info["clock"].now()
    found = await repository.find(session, assessment_id)
    if found is not None:
        await _queue(session, found, now)


async def _queue(session: AsyncSession, found: Found, now: datetime) -> ItemStatistics:
    assessment_id = found.assessment.id
    added = await repository.add(session, assessment_id, now)
    statistics = await repository.lock(session, assessment_id)
    if added or statistics.needs(found.facts, now):
        statistics.ask(now)
        await outbox.enqueue(session, ComputeStatistics(assessment_id=assessment_id))
    return statistics


async def gather(session: AsyncSession, assessment_id: UUID) -> Gathered | None:
    """What a job counts; the facts are read first, so what changes meanwhile is noticed later."""
    found = await repository.find(session, assessment_id)
    if found is None or found.statistics is None:
        return None
    questions = await repository.list_questions(session, assessment_id)
    totals = await repository.list_totals(session, assessment_id)
    counting, waiting = counting_of(found.assessment, totals)
    chosen = [one.question_id for one in questions if shapes.choice(one.content, one.key)[0]]
    points = await repository.list_points(session, counting)
    answers = await repository.list_answers(session, counting, chosen)
    results = shapes.gather(assessment_id, questions, counting, points, answers)
    return Gathered(found.facts, waiting, results)


def counting_of(assessment: Assessment, totals: Sequence[Total]) -> tuple[list[UUID], int]:
    """One attempt of each student: the one that counts (S-A11), of a mean the latest; and of how
    many students it waits to be marked.
    """
    counting, waiting = [], 0
    for _, own in groupby(totals, key=lambda one: one.student_id):
        scored = [Scored(one.attempt_id, one.started_at, _points(assessment, one)) for one in own]
        found = count(scored, Counting(assessment.counting))
        known = {one.attempt_id for one in scored if one.total is not None}
        if found is not None and found.attempt_id in known:
            counting.append(found.attempt_id)
        else:
            waiting += 1
    return counting, waiting


async def keep(
    session: AsyncSession, assessment_id: UUID, gathered: Gathered, results: Results
) -> None:
    """Keeps what was counted; done twice it is no news."""
    now: datetime = session.info["clock"].now()
    statistics = await repository.lock(session, assessment_id)
    statistics.waiting = gathered.waiting
    statistics.fill(results, gathered.facts, gathered.results.seed, now)


def _points(assessment: Assessment, one: Total) -> Decimal | None:
    return total([one.points], floor_at_zero=assessment.floor_at_zero)


def _shown(found: Found, statistics: ItemStatistics | None) -> ItemStatisticsOut:
    if statistics is None:
        return ItemStatisticsOut(
            assessment_id=found.assessment.id, state=StatisticsState.NONE, current=False
        )
    return ItemStatisticsOut(
        assessment_id=found.assessment.id,
        state=StatisticsState(statistics.state),
        current=statistics.is_current(found.facts),
        asked_at=statistics.asked_at,
        computed_at=statistics.computed_at,
        rule=statistics.rule,
        seed=statistics.seed,
        resamples=statistics.resamples,
        students=statistics.students,
        waiting=statistics.waiting,
        questions=statistics.questions or [],
    )
