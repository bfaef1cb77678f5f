"""Queries for released keys. Permission is part of the query."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, and_, exists, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from libs.auth import Principal
from session_service.assessments.errors import KeyNotReleased
from session_service.assessments.models import Assessment, AssessmentQuestion
from session_service.attempts.models import Attempt
from session_service.attempts.schemas import AttemptState
from session_service.class_roles.models import attended_by, observed_by, taught_by
from session_service.extensions.models import Extension
from session_service.marks.models import RELEASED, Mark
from session_service.question_rules.keys import AnyKey
from session_service.questions.models import KEY, QuestionVersion


class Seen(NamedTuple):
    """An attempt that the caller may see, and whether the caller teaches its class."""

    attempt: Attempt
    assessment: Assessment
    taught: bool


@dataclass(frozen=True, slots=True)
class Standing:
    """How far an assessment is: the student's marks are released; the student, or anybody, is at
    it; somebody may still begin by an extension.
    """

    marks_seen: bool
    student_at_it: bool
    anybody_at_it: bool
    extended: bool


async def get_seen(session: AsyncSession, user: Principal, attempt_id: UUID) -> Seen:
    """An attempt of the caller's own, of a student whom the caller observes, or of a class that the
    caller teaches. Raises `KeyNotReleased`.
    """
    caller, of_class = user.account_id, Attempt.study_session_id
    taught = taught_by(caller, column=of_class)
    own = and_(Attempt.student_id == caller, attended_by(caller, of_class))
    observed = observed_by(caller, of_class, Attempt.student_id)
    row = (
        await session.execute(
            select(Attempt, Assessment, taught)
            .join(Assessment, Assessment.id == Attempt.assessment_id)
            .where(Attempt.id == attempt_id, or_(taught, own, observed))
        )
    ).first()
    if row is None:
        raise KeyNotReleased
    return Seen(row[0], row[1], row[2])


async def standing(session: AsyncSession, attempt: Attempt, now: datetime) -> Standing:
    """How far an attempt's assessment is, by one statement."""
    of_item = Attempt.assessment_id == attempt.assessment_id
    own = Attempt.student_id == attempt.student_id
    mark = and_(Mark.item_id == attempt.assessment_id, Mark.student_id == attempt.student_id)
    extended = and_(Extension.item_id == attempt.assessment_id, Extension.due_at > now)
    row = (
        await session.execute(
            select(
                exists().where(mark, RELEASED),
                exists().where(of_item, own, _at_it(now)),
                exists().where(of_item, _at_it(now)),
                exists().where(extended),
            )
        )
    ).one()
    return Standing(row[0], row[1], row[2], row[3])


def _at_it(now: datetime) -> ColumnElement[bool]:
    """That answers are taken in: it is open, or its last ones may be on their way."""
    return or_(
        Attempt.state == AttemptState.OPEN.value,
        and_(Attempt.state == AttemptState.CLOSED.value, Attempt.takes_until > now),
    )


async def numbers(session: AsyncSession, attempt: Attempt) -> set[int]:
    """The numbers of a student's attempts that are not void."""
    found = await session.scalars(
        select(Attempt.number).where(
            Attempt.assessment_id == attempt.assessment_id,
            Attempt.student_id == attempt.student_id,
            Attempt.state != AttemptState.VOIDED.value,
        )
    )
    return set(found)


async def keys(session: AsyncSession, ids: Iterable[UUID]) -> dict[UUID, tuple[AnyKey, str]]:
    """Keys and explanations of frozen questions, by their ids; the caller may see them."""
    rows = await session.execute(
        select(AssessmentQuestion.id, QuestionVersion.key, QuestionVersion.explanation)
        .join(QuestionVersion, QuestionVersion.id == AssessmentQuestion.key_version_id)
        .where(AssessmentQuestion.id.in_(list(ids)))
    )
    return {one: (KEY.validate_python(key), explanation) for one, key, explanation in rows}
