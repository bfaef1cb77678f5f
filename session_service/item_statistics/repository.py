"""Queries for statistics of tests' questions. Permission is part of a person's query."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, Text, and_, cast, exists, func, literal, not_, or_, select
from sqlalchemy.dialects.postgresql import aggregate_order_by, insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from libs.auth import Principal
from session_service.assessments.errors import AssessmentNotFound
from session_service.assessments.models import Assessment, AssessmentQuestion
from session_service.assessments.schemas import AssessmentState
from session_service.attempts.models import Attempt, AttemptAnswer, AttemptPart
from session_service.attempts.schemas import AttemptState
from session_service.class_roles.models import taught_by
from session_service.item_statistics.facts import Asked, Cell
from session_service.item_statistics.models import PATIENCE, ItemStatistics
from session_service.item_statistics.schemas import RULE, StatisticsState
from session_service.marks.models import Mark
from session_service.people.models import is_erased
from session_service.questions.models import CONTENT, KEY, QuestionVersion

AT_ONCE = 100
WATCHED = timedelta(days=30)
"""For so long after its end a test's statistics follow its marks by themselves; later by wish."""
_key = aliased(QuestionVersion)


class Found(NamedTuple):
    """An assessment with its statistics, and its facts as they are now."""

    assessment: Assessment
    statistics: ItemStatistics | None
    facts: str


class Total(NamedTuple):
    """An attempt that is over and marked; `points` are null while a part waits."""

    attempt_id: UUID
    student_id: UUID
    started_at: datetime
    points: Decimal | None


_MARKS = (
    select(func.concat(func.count(), "-", func.coalesce(func.sum(Mark.revision), 0)))
    .where(Mark.item_id == Assessment.id, ~is_erased(Mark.student_id))
    .correlate(Assessment)
    .scalar_subquery()
)
_KEYS = (
    select(
        func.md5(
            func.string_agg(
                cast(AssessmentQuestion.key_version_id, Text),
                aggregate_order_by(literal(","), AssessmentQuestion.id),
            )
        )
    )
    .where(AssessmentQuestion.assessment_id == Assessment.id)
    .correlate(Assessment)
    .scalar_subquery()
)
FACTS = func.concat(_MARKS, ":", _KEYS)
"""What statistics follow from, as one text: it changes when a mark or a key does."""


async def get_taught(session: AsyncSession, user: Principal, assessment_id: UUID) -> Found:
    """An assessment of a class that the caller teaches. Raises `AssessmentNotFound`."""
    row = (
        await session.execute(
            _FOUND.where(
                Assessment.id == assessment_id,
                taught_by(user.account_id, column=Assessment.study_session_id),
            )
        )
    ).first()
    if row is None:
        raise AssessmentNotFound
    return Found(row[0], row[1], row[2])


_FOUND = select(Assessment, ItemStatistics, FACTS).outerjoin(
    ItemStatistics, ItemStatistics.assessment_id == Assessment.id
)


async def find(session: AsyncSession, assessment_id: UUID) -> Found | None:
    """The same for jobs."""
    row = (await session.execute(_FOUND.where(Assessment.id == assessment_id))).first()
    return None if row is None else Found(row[0], row[1], row[2])


async def add(session: AsyncSession, assessment_id: UUID, now: datetime) -> bool:
    """Notes that the first job of an assessment is on its way; false if it is not the first."""
    row = {"assessment_id": assessment_id, "state": StatisticsState.QUEUED.value, "asked_at": now}
    statement = insert(ItemStatistics).values(**row).on_conflict_do_nothing()
    added = await session.scalar(statement.returning(ItemStatistics.assessment_id))
    return added is not None


async def lock(session: AsyncSession, assessment_id: UUID) -> ItemStatistics:
    """Those of an assessment, which are there, locked."""
    return await session.get_one(
        ItemStatistics, assessment_id, with_for_update=True, populate_existing=True
    )


async def list_due(session: AsyncSession, now: datetime) -> Sequence[UUID]:
    """Tests that ended not long ago, with all marked, whose statistics are missing, out of date, or
    asked for long ago; those that ended first come first.
    """
    of_test = Attempt.assessment_id == Assessment.id
    closed, marked = Attempt.state == AttemptState.CLOSED.value, Attempt.marked_at.is_not(None)
    unmarked = and_(closed, Attempt.marked_at.is_(None))
    waiting = exists().where(AttemptPart.attempt_id == Attempt.id, AttemptPart.points.is_(None))
    at_it = or_(Attempt.state == AttemptState.OPEN.value, unmarked, and_(closed, waiting))
    statement = (
        select(Assessment.id)
        .outerjoin(ItemStatistics, ItemStatistics.assessment_id == Assessment.id)
        .where(
            Assessment.state == AssessmentState.CLOSED.value,
            Assessment.closed_at >= now - WATCHED,
            exists().where(of_test, closed, marked),
            not_(exists().where(of_test, at_it)),
            _is_due(now),
        )
        .order_by(Assessment.closed_at, Assessment.id)
        .limit(AT_ONCE)
    )
    return (await session.scalars(statement)).all()


def _is_due(now: datetime) -> ColumnElement[bool]:
    ready = ItemStatistics.state == StatisticsState.READY.value
    old = or_(ItemStatistics.facts != FACTS, ItemStatistics.rule != RULE)
    late = ItemStatistics.asked_at <= now - PATIENCE
    return or_(ItemStatistics.assessment_id.is_(None), and_(ready, old), and_(not_(ready), late))


async def list_questions(session: AsyncSession, assessment_id: UUID) -> list[Asked]:
    """The frozen questions of an assessment with their keys, in its order."""
    rows = await session.execute(
        select(AssessmentQuestion.id, AssessmentQuestion.points, QuestionVersion.content, _key.key)
        .join(QuestionVersion, QuestionVersion.id == AssessmentQuestion.version_id)
        .join(_key, _key.id == AssessmentQuestion.key_version_id)
        .where(AssessmentQuestion.assessment_id == assessment_id)
        .order_by(AssessmentQuestion.item, AssessmentQuestion.id)
    )
    return [
        Asked(question_id, points, CONTENT.validate_python(content), KEY.validate_python(key))
        for question_id, points, content, key in rows
    ]


async def list_totals(session: AsyncSession, assessment_id: UUID) -> list[Total]:
    """All attempts that are over, marked, not void, and of no erased account, by student."""
    points = func.sum(AttemptPart.points)
    known = func.bool_and(AttemptPart.points.is_not(None))
    rows = await session.execute(
        select(
            Attempt.id, Attempt.student_id, Attempt.started_at, points.label("points"),
            known.label("known"),
        )
        .join(AttemptPart, AttemptPart.attempt_id == Attempt.id)
        .where(
            Attempt.assessment_id == assessment_id,
            Attempt.state == AttemptState.CLOSED.value,
            Attempt.marked_at.is_not(None),
            ~is_erased(Attempt.student_id),
        )
        .group_by(Attempt.id)
        .order_by(Attempt.student_id, Attempt.id)
    )  # fmt: skip
    return [
        Total(row.id, row.student_id, row.started_at, row.points if row.known else None)
        for row in rows
    ]


async def list_points(session: AsyncSession, attempt_ids: Iterable[UUID]) -> dict[Cell, Decimal]:
    """The points of each question of these attempts, which are all marked."""
    rows = await session.execute(
        select(AttemptPart.attempt_id, AttemptPart.question_id, AttemptPart.points).where(
            AttemptPart.attempt_id.in_(list(attempt_ids)), AttemptPart.points.is_not(None)
        )
    )
    return {(row.attempt_id, row.question_id): row.points for row in rows if row.points is not None}


async def list_answers(
    session: AsyncSession, attempt_ids: Iterable[UUID], question_ids: Iterable[UUID]
) -> dict[Cell, dict[str, Any]]:
    """What these attempts answered to these questions."""
    rows = await session.execute(
        select(AttemptAnswer.attempt_id, AttemptAnswer.question_id, AttemptAnswer.answer).where(
            AttemptAnswer.attempt_id.in_(list(attempt_ids)),
            AttemptAnswer.question_id.in_(list(question_ids)),
        )
    )
    return {(attempt_id, question_id): answer for attempt_id, question_id, answer in rows}
