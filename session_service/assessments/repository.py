"""Queries for assessments. Permission, and whether one is published, are part of every query.

What students read comes from `_VISIBLE` and `sheet`, which select no key.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, Select, Uuid, and_, bindparam, delete, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from libs.auth import Principal
from libs.hot_reads import PageQuery, Query, Row, RowPage, columns_of
from libs.pagination import PageRequest
from libs.postgres import Reads
from session_service.assessments.errors import AssessmentNotFound
from session_service.assessments.models import (
    Assessment,
    AssessmentItem,
    AssessmentQuestion,
    Keyed,
)
from session_service.assessments.papers import Asked, Sheet, Slot
from session_service.assessments.schemas import AssessmentOut, AssessmentState, ItemOut
from session_service.class_roles.models import attended_by, observed_by, taught_by
from session_service.class_roles.schemas import HELPERS
from session_service.grade_items.models import GradeItem
from session_service.question_rules.contents import AnyContent
from session_service.questions.models import CONTENT, KEY, QuestionVersion
from session_service.study_sessions.errors import StudySessionNotFound
from session_service.study_sessions.models import StudySession

_CALLER = bindparam("caller", type_=Uuid())
_BY_ID = Assessment.id == bindparam("assessment_id")
_OF_CLASS = Assessment.study_session_id
_VISIBLE = (
    select(
        *columns_of(Assessment, AssessmentOut, without=("release", "category")),
        func.coalesce(GradeItem.release, Assessment.release).label("release"),
        func.coalesce(GradeItem.category, Assessment.category).label("category"),
    )
    .outerjoin(GradeItem, GradeItem.id == Assessment.id)
    .where(
        or_(
            taught_by(_CALLER, HELPERS, _OF_CLASS),
            and_(
                Assessment.state != AssessmentState.DRAFT.value,
                or_(attended_by(_CALLER, _OF_CLASS), observed_by(_CALLER, _OF_CLASS)),
            ),
        )
    )
)
"""All for who teaches or helps, what is published for students and who observes them."""
_ONE = Query(_VISIBLE.add_columns(Assessment.revision).where(_BY_ID))
_PAGE = PageQuery(
    _VISIBLE,
    Assessment.id,
    {
        "study_session_id": Assessment.study_session_id == bindparam("study_session_id"),
        "state": Assessment.state == bindparam("state"),
    },
)
_ITEMS = Query(
    select(*columns_of(AssessmentItem, ItemOut))
    .where(AssessmentItem.assessment_id == bindparam("assessment_id"))
    .order_by(AssessmentItem.position)
)
_TAUGHT = Query(select(Assessment.id).where(_BY_ID, taught_by(_CALLER, column=_OF_CLASS)))
_key = aliased(QuestionVersion)
_KEYED = PageQuery(
    select(
        AssessmentQuestion.id,
        AssessmentQuestion.item,
        AssessmentQuestion.question_id,
        QuestionVersion.content["type"].astext.label("type"),
        QuestionVersion.content,
        _key.key,
        _key.explanation,
        AssessmentQuestion.points,
        AssessmentQuestion.negative,
    )
    .join(QuestionVersion, QuestionVersion.id == AssessmentQuestion.version_id)
    .join(_key, _key.id == AssessmentQuestion.key_version_id)
    .where(AssessmentQuestion.assessment_id == bindparam("assessment_id")),
    AssessmentQuestion.id,
)
Owned = tuple[Assessment, StudySession]
"""An assessment with its class."""


async def get_class(session: AsyncSession, user: Principal, study_session_id: UUID) -> StudySession:
    """A class that the caller teaches. Raises `StudySessionNotFound`."""
    found = await session.scalar(
        select(StudySession).where(StudySession.id == study_session_id, taught_by(user.account_id))
    )
    if found is None:
        raise StudySessionNotFound
    return found


async def add(session: AsyncSession, assessment: Assessment) -> None:
    """Adds a draft."""
    session.add(assessment)
    await session.flush()


async def remove(session: AsyncSession, assessment: Assessment) -> None:
    """Removes a draft with its items."""
    await set_items(session, assessment.id, [])
    await session.delete(assessment)
    await session.flush()


async def get_for(reads: Reads, user: Principal, assessment_id: UUID) -> Row:
    """An assessment that the caller may see, with its revision. Raises `AssessmentNotFound`."""
    found = await _ONE.first(reads, caller=user.account_id, assessment_id=assessment_id)
    if found is None:
        raise AssessmentNotFound
    return found


async def list_page(reads: Reads, user: Principal, page: PageRequest, **filters: object) -> RowPage:
    """Assessments that the caller may see, newest first."""
    return await _PAGE.page(reads, page, caller=user.account_id, **filters)


async def lock_taught(session: AsyncSession, user: Principal, assessment_id: UUID) -> Owned:
    """An assessment of a class that the caller teaches, locked, with the class. Raises
    `AssessmentNotFound`.
    """
    return await _owned(session, _taught(user, assessment_id).with_for_update(of=Assessment))


async def get_taught(session: AsyncSession, user: Principal, assessment_id: UUID) -> Owned:
    """As `lock_taught`, to be read only."""
    return await _owned(session, _taught(user, assessment_id))


def _taught(user: Principal, assessment_id: UUID) -> Select[Assessment, StudySession]:
    return (
        select(Assessment, StudySession)
        .join(StudySession, StudySession.id == _OF_CLASS)
        .where(Assessment.id == assessment_id, taught_by(user.account_id))
    )


async def _owned(session: AsyncSession, statement: Select[Assessment, StudySession]) -> Owned:
    row = (await session.execute(statement)).first()
    if row is None:
        raise AssessmentNotFound
    return row[0], row[1]


async def list_due(session: AsyncSession, now: datetime) -> Sequence[UUID]:
    """Published assessments whose windows have closed, those that did first."""
    found = await session.scalars(
        select(Assessment.id).where(_is_due(now)).order_by(Assessment.closes_at).limit(500)
    )
    return found.all()


async def lock_due(session: AsyncSession, assessment_id: UUID, now: datetime) -> Owned | None:
    """An assessment whose window has closed, locked, with its class; `None` if it is not so."""
    row = (
        await session.execute(
            select(Assessment, StudySession)
            .join(StudySession, StudySession.id == _OF_CLASS)
            .where(Assessment.id == assessment_id, _is_due(now))
            .with_for_update(of=Assessment)
        )
    ).first()
    return None if row is None else (row[0], row[1])


def _is_due(now: datetime) -> ColumnElement[bool]:
    published = Assessment.state == AssessmentState.PUBLISHED.value
    return and_(published, Assessment.closes_at <= now)


async def check_taught(reads: Reads, user: Principal, assessment_id: UUID) -> None:
    """Raises `AssessmentNotFound` unless the caller teaches the class of an assessment."""
    values = {"caller": user.account_id, "assessment_id": assessment_id}
    if await _TAUGHT.first(reads, **values) is None:
        raise AssessmentNotFound


async def read_items(reads: Reads, assessment_id: UUID) -> list[Row]:
    """The items of an assessment in their order; the caller's rights are known."""
    return await _ITEMS.all(reads, assessment_id=assessment_id)


async def items(session: AsyncSession, assessment_id: UUID) -> Sequence[AssessmentItem]:
    """The items of an assessment that is locked, in their order."""
    found = await session.scalars(
        select(AssessmentItem)
        .where(AssessmentItem.assessment_id == assessment_id)
        .order_by(AssessmentItem.position)
    )
    return found.all()


async def set_items(
    session: AsyncSession, assessment_id: UUID, rows: Sequence[AssessmentItem]
) -> None:
    """Puts these items in the place of those that a draft, which is locked, has."""
    await session.execute(
        delete(AssessmentItem).where(AssessmentItem.assessment_id == assessment_id)
    )
    session.add_all(rows)
    await session.flush()


async def freeze(session: AsyncSession, rows: Sequence[AssessmentQuestion]) -> None:
    """Adds the questions of an assessment that is being published."""
    session.add_all(rows)
    await session.flush()


async def sheet(session: AsyncSession, assessment: Assessment) -> Sheet:
    """What a published assessment's papers are made from. No key is read."""
    rows = await session.execute(
        select(AssessmentQuestion, QuestionVersion.content)
        .join(QuestionVersion, QuestionVersion.id == AssessmentQuestion.version_id)
        .where(AssessmentQuestion.assessment_id == assessment.id)
        .order_by(AssessmentQuestion.id)
    )
    by_item: dict[int, list[Asked]] = {}
    for row, content in rows:
        by_item.setdefault(row.item, []).append(_asked(row, CONTENT.validate_python(content)))
    slots = [
        Slot(one.count, tuple(by_item.get(one.position, ())))
        for one in await items(session, assessment.id)
    ]
    return Sheet(tuple(slots), assessment.shuffle_questions, assessment.shuffle_options)


async def keyed(session: AsyncSession, assessment_id: UUID) -> dict[UUID, Keyed]:
    """The frozen questions of an assessment with their keys, by their ids: for marking, never for a
    student.
    """
    rows = await session.execute(
        select(AssessmentQuestion, QuestionVersion.content, _key.id, _key.number, _key.key)
        .join(QuestionVersion, QuestionVersion.id == AssessmentQuestion.version_id)
        .join(_key, _key.id == AssessmentQuestion.key_version_id)
        .where(AssessmentQuestion.assessment_id == assessment_id)
    )
    return {
        row.id: Keyed(
            _asked(row, CONTENT.validate_python(content)),
            KEY.validate_python(key),
            key_version_id,
            number,
        )
        for row, content, key_version_id, number, key in rows
    }


async def list_keyed(reads: Reads, assessment_id: UUID, page: PageRequest) -> RowPage:
    """The frozen questions with their keys, last ones first; the caller may see keys."""
    return await _KEYED.page(reads, page, assessment_id=assessment_id)


def _asked(row: AssessmentQuestion, content: AnyContent) -> Asked:
    return Asked(row.id, content, row.points, row.negative)
