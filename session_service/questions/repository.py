"""Queries for questions. Permission is part of every query: a bank is its owner's alone (R8)."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import ColumnElement, Text, Uuid, and_, bindparam, cast, select
from sqlalchemy.dialects.postgresql import ARRAY, array
from sqlalchemy.ext.asyncio import AsyncSession

from libs.auth import Principal
from libs.hot_reads import PageQuery, Query, Row, RowPage, columns_of
from libs.pagination import PageRequest
from libs.postgres import Reads
from session_service.questions.errors import QuestionNotFound
from session_service.questions.models import Question, QuestionVersion
from session_service.questions.schemas import QuestionVersionOut

_CALLER = bindparam("caller", type_=Uuid())
_BY_ID = Question.id == bindparam("question_id")
_OWN = (
    select(
        Question.id,
        Question.type,
        Question.tags,
        Question.number,
        QuestionVersion.id.label("version_id"),
        QuestionVersion.content,
        QuestionVersion.key,
        QuestionVersion.explanation,
        QuestionVersion.points,
        QuestionVersion.negative,
        Question.created_at,
        QuestionVersion.created_at.label("changed_at"),
        Question.archived_at,
    )
    .join(
        QuestionVersion,
        and_(QuestionVersion.question_id == Question.id, QuestionVersion.number == Question.number),
    )
    .where(Question.owner_id == _CALLER)
)
_ONE = Query(_OWN.add_columns(Question.revision).where(_BY_ID))
_PAGE = PageQuery(
    _OWN,
    Question.id,
    {
        "tag": Question.tags.contains(cast(array([bindparam("tag")]), ARRAY(Text))),
        "type": Question.type == bindparam("type"),
        "archived": Question.archived_at.is_not(None) == bindparam("archived"),
    },
)
_VERSIONS = PageQuery(
    select(*columns_of(QuestionVersion, QuestionVersionOut))
    .join(Question, Question.id == QuestionVersion.question_id)
    .where(_BY_ID, Question.owner_id == _CALLER),
    QuestionVersion.id,
)
Current = tuple[Question, QuestionVersion]
"""A question with its newest version."""


async def add_all(session: AsyncSession, made: Sequence[Current]) -> None:
    """Adds questions with their first versions."""
    session.add_all([question for question, _ in made])
    await session.flush()
    session.add_all([version for _, version in made])
    await session.flush()


async def add_version(session: AsyncSession, version: QuestionVersion) -> None:
    """Adds a version of a question that is locked."""
    session.add(version)
    await session.flush()


async def get_own(reads: Reads, user: Principal, question_id: UUID) -> Row:
    """A question of the caller's bank, with its revision. Raises `QuestionNotFound`."""
    found = await _ONE.first(reads, caller=user.account_id, question_id=question_id)
    if found is None:
        raise QuestionNotFound
    return found


async def lock_own(session: AsyncSession, user: Principal, question_id: UUID) -> Current:
    """A question of the caller's bank, locked, and its newest version. Raises
    `QuestionNotFound`.
    """
    question = await session.scalar(
        select(Question)
        .where(Question.id == question_id, Question.owner_id == user.account_id)
        .with_for_update()
    )
    if question is None:
        raise QuestionNotFound
    newest = await session.scalar(
        select(QuestionVersion).where(
            QuestionVersion.question_id == question.id, QuestionVersion.number == question.number
        )
    )
    assert newest is not None  # noqa: S101  (every question has one)
    return question, newest


async def list_page(reads: Reads, user: Principal, page: PageRequest, **filters: object) -> RowPage:
    """The caller's bank, newest first."""
    return await _PAGE.page(reads, page, caller=user.account_id, **filters)


async def list_versions(
    reads: Reads, user: Principal, question_id: UUID, page: PageRequest
) -> RowPage:
    """The versions of a question of the caller's, newest first."""
    return await _VERSIONS.page(reads, page, caller=user.account_id, question_id=question_id)


async def find_current(session: AsyncSession, question_ids: Sequence[UUID]) -> list[Current]:
    """Questions by their ids, with their newest versions; the caller's rights are known."""
    return await _current(session, Question.id.in_(question_ids))


async def find_tagged(
    session: AsyncSession, owner_ids: Sequence[UUID], tags: Sequence[str], most: int
) -> list[Current]:
    """Questions of banks that have any of some tags, `most` of them, with their newest versions, in
    the order in which they were made; archived ones are left out.
    """
    return await _current(
        session,
        and_(
            Question.owner_id.in_(owner_ids),
            Question.tags.overlap(list(tags)),
            Question.archived_at.is_(None),
        ),
        most,
    )


async def _current(
    session: AsyncSession, condition: ColumnElement[bool], most: int | None = None
) -> list[Current]:
    rows = await session.execute(
        select(Question, QuestionVersion)
        .join(
            QuestionVersion,
            and_(
                QuestionVersion.question_id == Question.id,
                QuestionVersion.number == Question.number,
            ),
        )
        .where(condition)
        .order_by(Question.id)
        .limit(most)
    )
    return [(question, version) for question, version in rows]
