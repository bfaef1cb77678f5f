"""The rules of question banks (S21): one bank for each tutor, and a new version for each edit."""

import secrets
from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from libs import etags
from libs.auth import Principal
from libs.errors import FieldProblem, Invalid
from libs.hot_reads import RowPage
from libs.ids import new_id
from libs.pagination import PageRequest
from libs.postgres import Reads
from session_service.question_rules import pairs
from session_service.questions import repository
from session_service.questions.models import CONTENT, KEY, Question, QuestionVersion
from session_service.questions.repository import Current
from session_service.questions.schemas import (
    QuestionCreate,
    QuestionOut,
    QuestionUpdate,
    QuestionVersionCreate,
)


async def create(
    session: AsyncSession, user: Principal, wanted: QuestionCreate, now: datetime
) -> QuestionOut:
    """Adds a question to the caller's bank. Raises `Invalid` for a key that is none for the
    content.
    """
    made = _new(user, wanted, now)
    await repository.add_all(session, [made])
    return shown(made)


async def create_all(
    session: AsyncSession, user: Principal, wanted: Sequence[QuestionCreate], now: datetime
) -> list[UUID]:
    """Adds many, in their order; returns their ids. Raises as `create`."""
    made = [_new(user, one, now) for one in wanted]
    await repository.add_all(session, made)
    return [question.id for question, _ in made]


async def add_version(
    session: AsyncSession,
    user: Principal,
    question_id: UUID,
    wanted: QuestionVersionCreate,
    if_match: str | None,
) -> tuple[QuestionOut, int]:
    """Makes the next version, unless it is like the newest; returns also the question's revision.
    Where an earlier one is used it stays.

    Raises `QuestionNotFound`, `Stale`, or `Invalid`, also for a content of another type.
    """
    question, newest = await repository.lock_own(session, user, question_id)
    etags.check(if_match, question.revision)
    if wanted.content.type != question.type:
        detail = f"this question is of type {question.type}"
        raise Invalid(fields=[FieldProblem("/content/type", "wrong_type", detail)])
    now: datetime = session.info["clock"].now()
    made = _version(question, wanted, newest.read_content.hidden_ids, now)
    made.number = newest.number + 1
    if _same(made, newest):
        return shown((question, newest)), question.revision
    question.number = made.number
    question.revision += 1
    await repository.add_version(session, made)
    return shown((question, made)), question.revision


async def change(
    session: AsyncSession,
    user: Principal,
    question_id: UUID,
    wanted: QuestionUpdate,
    if_match: str | None,
) -> tuple[QuestionOut, int]:
    """Changes tags, archives or brings back; returns also the question's revision. Raises
    `QuestionNotFound` or `Stale`.
    """
    question, newest = await repository.lock_own(session, user, question_id)
    etags.check(if_match, question.revision)
    if wanted.tags is not None:
        question.tags = wanted.tags
    now: datetime = session.info["clock"].now()
    if wanted.archived is not None:
        question.archived_at = (question.archived_at or now) if wanted.archived else None
    question.revision += 1
    return shown((question, newest)), question.revision


async def list_versions(
    reads: Reads, user: Principal, question_id: UUID, page: PageRequest
) -> RowPage:
    """One page of a question's versions. Raises `QuestionNotFound`."""
    await repository.get_own(reads, user, question_id)
    return await repository.list_versions(reads, user, question_id, page)


def shown(current: Current) -> QuestionOut:
    """A question as its author sees it."""
    question, version = current
    return QuestionOut(
        id=question.id,
        type=question.type,
        tags=question.tags,
        number=version.number,
        version_id=version.id,
        content=version.read_content,
        key=version.read_key,
        explanation=version.explanation,
        points=version.points,
        negative=version.negative,
        created_at=question.created_at,
        changed_at=version.created_at,
        archived_at=question.archived_at,
    )


def _new(user: Principal, wanted: QuestionCreate, now: datetime) -> Current:
    question = Question(
        id=new_id(), owner_id=user.account_id, type=wanted.content.type, tags=wanted.tags,
        number=1, created_at=now, archived_at=None, revision=1,
    )  # fmt: skip
    return question, _version(question, wanted, (), now)


def _version(
    question: Question, wanted: QuestionVersionCreate, keep: Collection[str], now: datetime
) -> QuestionVersion:
    """The first version of a question, or one whose number is still to be said."""
    problem = pairs.problem(wanted.content, wanted.key)
    if problem is not None:
        raise Invalid(fields=[problem])
    content, key = pairs.relabelled(wanted.content, wanted.key, keep, lambda: secrets.token_hex(6))
    return QuestionVersion(
        id=new_id(),
        question_id=question.id,
        number=1,
        content=CONTENT.dump_python(content, mode="json"),
        key=KEY.dump_python(key, mode="json"),
        explanation=wanted.explanation,
        points=wanted.points,
        negative=wanted.negative,
        created_by=question.owner_id,
        created_at=now,
    )


def _same(one: QuestionVersion, other: QuestionVersion) -> bool:
    fields = ("content", "key", "explanation", "points", "negative")
    return all(getattr(one, name) == getattr(other, name) for name in fields)
