"""Queries for submissions. Permission is part of every query."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Select,
    Uuid,
    and_,
    bindparam,
    exists,
    func,
    insert,
    or_,
    select,
)
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from libs.auth import Principal
from libs.compiled import Statement
from libs.hot_reads import PageQuery, Query, Row, RowPage, columns_of
from libs.hot_writes import Transaction
from libs.ids import new_id
from libs.pagination import PageRequest
from libs.postgres import Reads
from session_service.class_roles.models import observed_by, taught_by
from session_service.extensions.models import Extension
from session_service.late_policies.models import NAMES, policy_of
from session_service.late_policies.rules import LatePolicy, penalty
from session_service.marks.models import Mark, released_for
from session_service.memberships.models import Membership
from session_service.memberships.schemas import MembershipState
from session_service.study_sessions.models import StudySession
from session_service.submissions.errors import SubmissionNotFound
from session_service.submissions.models import Assignment, Standing, Submission
from session_service.submissions.schemas import SubmissionOut
from session_service.tasks.errors import TaskNotFound
from session_service.tasks.models import Task
from session_service.tasks.repository import HELPED, IS_PUBLISHED

# Statements are made once: building one costs more than sending it.
_CALLER = bindparam("caller", type_=Uuid())
_TASK_ID = bindparam("task_id", type_=Uuid())
_STUDENT = bindparam("student_id", type_=Uuid())
_POLICY = [Task.__table__.c[name] for name in NAMES]
_LOCK_JOINED = Statement(
    select(
        Task.id.label("task_id"),
        Task.due_at,
        *_POLICY,
        StudySession.id.label("study_session_id"),
        StudySession.session_code,
        StudySession.tutor_id,
        StudySession.state,
    )
    .join(StudySession, StudySession.id == Task.study_session_id)
    .join(Membership, Membership.study_session_id == StudySession.id)
    .where(
        Task.id == _TASK_ID,
        IS_PUBLISHED,
        Membership.student_id == _CALLER,
        Membership.state == MembershipState.APPROVED,
    )
    .with_for_update(of=Membership)
)
_NEWEST = (
    select(Submission.returned_at, Submission.counted_at, Submission.received_at)
    .where(Submission.task_id == _TASK_ID, Submission.student_id == _STUDENT)
    .order_by(Submission.number.desc())
    .limit(1)
    .subquery()
)
_EXTENDED = (
    select(Extension.due_at)
    .where(Extension.item_id == _TASK_ID, Extension.student_id == _STUDENT)
    .scalar_subquery()
)
_STANDING = Statement(
    select(
        _EXTENDED.label("extended_to"),
        select(_NEWEST.c.returned_at.is_not(None)).scalar_subquery().label("returned"),
        select(func.coalesce(_NEWEST.c.counted_at, _NEWEST.c.received_at))
        .scalar_subquery()
        .label("counted_at"),
    )
)
_OLDER = aliased(Submission)
_CHANGED = exists().where(
    Mark.item_id == Submission.task_id,
    Mark.student_id == Submission.student_id,
    Mark.total.is_not(None),
    released_for(_CALLER),
    _OLDER.id == Mark.work_id,
    _OLDER.number < Submission.number,
)
"""That an older version has a mark that the caller may see; a student has one for each task."""
_DUE = func.greatest(Task.due_at, Extension.due_at).label("due_at")
"""An extension never makes work late: if the task was put off past it, the task's time counts."""


def _all(*more: ColumnElement[Any]) -> Select[*tuple[Any, ...]]:
    own_or_taught = or_(
        Submission.student_id == _CALLER,
        HELPED,
        observed_by(_CALLER, Task.study_session_id, Submission.student_id),
    )
    return (
        select(
            *columns_of(Submission, SubmissionOut, without=["days_late", "changed_since_graded"]),
            _CHANGED.label("changed_since_graded"),
            Submission.counted_at,
            _DUE,
            *_POLICY,
        )
        .join(Task, Task.id == Submission.task_id)
        .outerjoin(
            Extension,
            and_(
                Extension.item_id == Submission.task_id,
                Extension.student_id == Submission.student_id,
            ),
        )
        .where(own_or_taught, *more)
    )


_SUBMISSION = Query(_all(Submission.id == bindparam("submission_id")))
_SUBMISSIONS = PageQuery(_all(Task.id == _TASK_ID), Submission.id)
_PLAIN = ("id", "task_id", "student_id", "student_code", "body", "received_at")
_WHOLE = (*_PLAIN, "file_ids", "client_at", "counted_at")


def _add(names: tuple[str, ...]) -> Statement:
    """Adds a version with values for these columns; what is left out is the usual."""
    columns = [Submission.__table__.c[name] for name in names]
    return Statement(
        insert(Submission)
        .from_select(
            [*columns, Submission.number],
            select(
                *(bindparam(one.name, type_=one.type) for one in columns), func.count() + 1
            ).where(Submission.task_id == _TASK_ID, Submission.student_id == _STUDENT),
        )
        .returning(Submission.number)
    )


_ADD_PLAIN = _add(_PLAIN)
_ADD_WHOLE = _add(_WHOLE)


async def lock_joined(session: Transaction, user: Principal, task_id: UUID) -> Assignment:
    """A published task that the caller, a student, may work on, with its class; the student's own
    place in the class is locked, so that two versions get two numbers. Raises `TaskNotFound`.
    """
    rows = await _LOCK_JOINED.run(session, caller=user.account_id, task_id=task_id)
    if not rows:
        raise TaskNotFound
    row = rows[0]
    policy = policy_of({name: row.pop(name) for name in NAMES})
    return Assignment(**row, late_policy=policy)


async def get_standing(session: Transaction, task_id: UUID, student_id: UUID) -> Standing:
    """How a student, whose place in the class is locked, stands with a task."""
    [row] = await _STANDING.run(session, task_id=task_id, student_id=student_id)
    return Standing(row["extended_to"], bool(row["returned"]), row["counted_at"])


async def add_version(
    session: Transaction, user: Principal, task_id: UUID, now: datetime, **content: Any
) -> Row:
    """Adds the next version of a student's work on a task, of which `content` says `body` and
    perhaps more; the student's place in the class is locked.
    """
    values: Row = {
        "id": new_id(),
        "task_id": task_id,
        "student_id": user.account_id,
        "student_code": user.user_code,
        "received_at": now,
    } | content
    statement = _ADD_PLAIN if len(values) == len(_PLAIN) else _ADD_WHOLE
    [row] = await statement.run(session, **values)
    return values | row


async def list_page(reads: Reads, user: Principal, task_id: UUID, page: PageRequest) -> RowPage:
    """A task's submissions that the caller may see, newest first."""
    found = await _SUBMISSIONS.page(reads, page, caller=user.account_id, task_id=task_id)
    return {**found, "items": [_shown(row) for row in found["items"]]}


async def get_for(reads: Reads, user: Principal, submission_id: UUID) -> Row:
    """A submission that the caller may see. Raises `SubmissionNotFound`."""
    found = await _SUBMISSION.first(reads, caller=user.account_id, submission_id=submission_id)
    if found is None:
        raise SubmissionNotFound
    return _shown(found)


async def get_now(session: Transaction, user: Principal, submission_id: UUID) -> Row:
    """The same within a transaction."""
    rows = await _SUBMISSION.run(session, caller=user.account_id, submission_id=submission_id)
    if not rows:
        raise SubmissionNotFound
    return _shown(rows[0])


def _shown(row: Row) -> Row:
    policy = policy_of({name: row.pop(name) for name in NAMES})
    counted_at = row.pop("counted_at") or row["received_at"]
    found = penalty(policy, row.pop("due_at"), counted_at)
    return {**row, "days_late": found.days if found else 0}


async def lock_taught(
    session: AsyncSession, user: Principal, submission_id: UUID
) -> tuple[Submission, Task, StudySession]:
    """A submission to a task that the caller teaches, locked. Raises `SubmissionNotFound`."""
    row = (
        await session.execute(
            select(Submission, Task, StudySession)
            .join(Task, Task.id == Submission.task_id)
            .join(StudySession, StudySession.id == Task.study_session_id)
            .where(Submission.id == submission_id, taught_by(user.account_id))
            .with_for_update(of=Submission)
        )
    ).first()
    if row is None:
        raise SubmissionNotFound
    return row[0], row[1], row[2]


async def lock_student(session: AsyncSession, user: Principal, submission_id: UUID) -> None:
    """Locks the place of the student whose work this is, so that nothing newer is handed in
    meanwhile. Raises `SubmissionNotFound` unless the caller teaches its class.
    """
    statement = (
        select(Membership.id)
        .join(Task, Task.study_session_id == Membership.study_session_id)
        .join(
            Submission,
            and_(Submission.task_id == Task.id, Submission.student_id == Membership.student_id),
        )
        .where(
            Submission.id == submission_id,
            taught_by(user.account_id, column=Membership.study_session_id),
        )
        .with_for_update(of=Membership)
    )
    if await session.scalar(statement) is None:
        raise SubmissionNotFound


async def is_newest(session: AsyncSession, submission: Submission) -> bool:
    """Whether a student has handed in nothing newer; the student's place is locked."""
    newer = select(Submission.id).where(
        Submission.task_id == submission.task_id,
        Submission.student_id == submission.student_id,
        Submission.number > submission.number,
    )
    return await session.scalar(newer.limit(1)) is None


async def get_terms(session: AsyncSession, submission: Submission) -> tuple[LatePolicy, datetime]:
    """How late work is treated, and when this work was due: for its student alone, if there is an
    extension.
    """
    statement = (
        select(*_POLICY, _DUE)
        .outerjoin(
            Extension,
            and_(Extension.item_id == Task.id, Extension.student_id == submission.student_id),
        )
        .where(Task.id == submission.task_id)
    )
    row = dict((await session.execute(statement)).one()._mapping)
    return policy_of(row), row["due_at"]
