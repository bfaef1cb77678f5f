"""Queries for attempts. Permission, and what is taken in until when, are part of every query of a
person's.

Locks are taken in this order: the assessment, the student's attempts in the order of their ids, and
then those of marks. A save shares a lock on its attempt, so that what it acknowledges is there when
the attempt is marked.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, and_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from libs.auth import Principal
from session_service.assessments.errors import AssessmentNotFound
from session_service.assessments.models import Assessment, AssessmentQuestion
from session_service.assessments.schemas import AssessmentState
from session_service.attempts.errors import AttemptNotFound
from session_service.attempts.models import Attempt, AttemptAnswer, AttemptPart
from session_service.attempts.schemas import AttemptState
from session_service.class_roles.models import attended_by, taught_by
from session_service.memberships.models import Membership
from session_service.memberships.schemas import MembershipState
from session_service.question_rules.contents import AnyContent
from session_service.questions.models import CONTENT, QuestionVersion
from session_service.study_sessions.models import StudySession


class Place(NamedTuple):
    """What a student may make attempts at, and the class."""

    assessment: Assessment
    study_session: StudySession


async def lock_place(session: AsyncSession, user: Principal, assessment_id: UUID) -> Place:
    """A published assessment of a class that the caller attends; neither it nor the caller's place
    in the class changes until this transaction ends. Raises `AssessmentNotFound`.
    """
    row = (
        await session.execute(
            select(Assessment, StudySession)
            .join(StudySession, StudySession.id == Assessment.study_session_id)
            .join(Membership, Membership.study_session_id == StudySession.id)
            .where(
                Assessment.id == assessment_id,
                Assessment.state != AssessmentState.DRAFT.value,
                Membership.student_id == user.account_id,
                Membership.state == MembershipState.APPROVED.value,
            )
            .with_for_update(read=True, of=[Assessment, Membership])
        )
    ).first()
    if row is None:
        raise AssessmentNotFound
    return Place(row[0], row[1])


async def get_place(session: AsyncSession, assessment_id: UUID, *, share: bool = False) -> Place:
    """An assessment with its class, for what is done by the clock. With `share` neither it nor a
    key of its questions changes until this transaction ends.
    """
    statement = (
        select(Assessment, StudySession)
        .join(StudySession, StudySession.id == Assessment.study_session_id)
        .where(Assessment.id == assessment_id)
    )
    if share:
        statement = statement.with_for_update(read=True, of=Assessment)
    row = (await session.execute(statement)).one()
    return Place(row[0], row[1])


async def lock_all_of(
    session: AsyncSession, assessment_id: UUID, student_id: UUID
) -> Sequence[Attempt]:
    """All attempts of a student at an assessment, locked, oldest first."""
    return await _lock(
        session, Attempt.assessment_id == assessment_id, Attempt.student_id == student_id
    )


async def lock_open(
    session: AsyncSession, assessment_id: UUID, student_id: UUID | None = None
) -> Sequence[Attempt]:
    """The open attempts at an assessment, of all or one, locked in the order of their ids."""
    of_whom = [] if student_id is None else [Attempt.student_id == student_id]
    is_open = Attempt.state == AttemptState.OPEN.value
    return await _lock(session, Attempt.assessment_id == assessment_id, is_open, *of_whom)


async def _lock(session: AsyncSession, *where: ColumnElement[bool]) -> Sequence[Attempt]:
    found = await session.scalars(
        select(Attempt)
        .where(*where)
        .order_by(Attempt.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return found.all()


async def add(session: AsyncSession, attempt: Attempt) -> bool:
    """Adds an attempt, unless the student has an open one, or one of this number: false."""
    values = {column.key: getattr(attempt, column.key) for column in Attempt.__table__.columns}
    statement = insert(Attempt).values(values).on_conflict_do_nothing().returning(Attempt.id)
    return await session.scalar(statement) is not None


async def lock_own(session: AsyncSession, user: Principal, attempt_id: UUID) -> Attempt:
    """The caller's own attempt in a class that the caller attends, locked. Raises
    `AttemptNotFound`.
    """
    return _one(
        await _lock(
            session,
            Attempt.id == attempt_id,
            Attempt.student_id == user.account_id,
            attended_by(user.account_id, Attempt.study_session_id),
        )
    )


async def get_taught(session: AsyncSession, user: Principal, attempt_id: UUID) -> Attempt:
    """An attempt in a class that the caller teaches, not locked: whoever changes it locks all of
    its student's. Raises `AttemptNotFound`.
    """
    found = await session.scalars(
        select(Attempt).where(
            Attempt.id == attempt_id,
            taught_by(user.account_id, column=Attempt.study_session_id),
        )
    )
    return _one(found.all())


def _one(found: Sequence[Attempt]) -> Attempt:
    if not found:
        raise AttemptNotFound
    return found[0]


def _is_due(now: datetime) -> ColumnElement[bool]:
    return and_(Attempt.state == AttemptState.OPEN.value, Attempt.deadline <= now)


def _is_unmarked(now: datetime) -> ColumnElement[bool]:
    closed = Attempt.state == AttemptState.CLOSED.value
    return and_(closed, Attempt.marked_at.is_(None), Attempt.takes_until <= now)


async def list_due(session: AsyncSession, now: datetime) -> Sequence[UUID]:
    """Some hundred open attempts whose deadlines have come, the oldest first."""
    statement = select(Attempt.id).where(_is_due(now)).order_by(Attempt.deadline).limit(500)
    return (await session.scalars(statement)).all()


async def list_unmarked(session: AsyncSession, now: datetime) -> Sequence[UUID]:
    """Some hundred attempts that are over and wait to be marked, the oldest first."""
    statement = select(Attempt.id).where(_is_unmarked(now)).order_by(Attempt.takes_until).limit(500)
    return (await session.scalars(statement)).all()


async def lock_if_due(session: AsyncSession, attempt_id: UUID, now: datetime) -> Attempt | None:
    """An attempt that is due still and that nobody else is at, locked."""
    return await session.scalar(
        select(Attempt)
        .where(Attempt.id == attempt_id, _is_due(now))
        .with_for_update(skip_locked=True)
    )


async def list_answers(session: AsyncSession, attempt_id: UUID) -> dict[UUID, AttemptAnswer]:
    """An attempt's answers by their questions."""
    found = await session.scalars(
        select(AttemptAnswer)
        .where(AttemptAnswer.attempt_id == attempt_id)
        .execution_options(populate_existing=True)
    )
    return {one.question_id: one for one in found}


async def keep_answers(session: AsyncSession, rows: Sequence[dict[str, Any]]) -> None:
    """Saves answers to an attempt that is locked; what is not newer is left aside."""
    if rows:
        fresh = insert(AttemptAnswer)
        statement = fresh.on_conflict_do_update(
            index_elements=["attempt_id", "question_id"],
            set_={name: fresh.excluded[name] for name in ("revision", "answer", "saved_at")},
            where=AttemptAnswer.revision < fresh.excluded.revision,
        )
        await session.execute(statement, rows)


async def list_parts(
    session: AsyncSession, attempt_ids: Iterable[UUID]
) -> dict[UUID, list[AttemptPart]]:
    """The parts of several attempts, in the order of their papers."""
    rows = await session.scalars(
        select(AttemptPart)
        .where(AttemptPart.attempt_id.in_(list(attempt_ids)))
        .order_by(AttemptPart.attempt_id, AttemptPart.position)
        .execution_options(populate_existing=True)
    )
    found: dict[UUID, list[AttemptPart]] = {}
    for row in rows:
        found.setdefault(row.attempt_id, []).append(row)
    return found


async def contents(session: AsyncSession, ids: Iterable[UUID]) -> dict[UUID, AnyContent]:
    """What these questions ask; no key is read."""
    rows = await session.execute(
        select(AssessmentQuestion.id, QuestionVersion.content)
        .join(QuestionVersion, QuestionVersion.id == AssessmentQuestion.version_id)
        .where(AssessmentQuestion.id.in_(list(ids)))
    )
    return {question_id: CONTENT.validate_python(content) for question_id, content in rows}
