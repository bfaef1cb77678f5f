"""Queries for the marks of submissions. Permission is part of every query of a person's."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import Uuid, bindparam, select
from sqlalchemy.ext.asyncio import AsyncSession

from libs.auth import Principal
from libs.hot_reads import Query, Row
from libs.hot_writes import Transaction
from libs.postgres import Reads
from session_service.marks.errors import MarkNotFound
from session_service.marks.models import Mark, released_for
from session_service.submissions.models import Submission
from session_service.tasks.models import Task

_CALLER = bindparam("caller", type_=Uuid())
_VISIBLE = Query(
    select(
        Mark.id,
        Mark.work_id.label("submission_id"),
        Mark.revision.label("number"),
        Mark.total.label("points"),
        Mark.penalty_points,
        Mark.comment,
        Mark.marked_at,
        Mark.released_at,
    ).where(
        Mark.work_id == bindparam("submission_id"),
        Mark.total.is_not(None),
        released_for(_CALLER),
    )
)


async def get_for(reads: Reads, user: Principal, submission_id: UUID) -> Row:
    """The mark of a version: for those who teach or help; for its student, and who observes the
    student, once released. Raises `MarkNotFound`, also when another version is marked.
    """
    found = await _VISIBLE.first(reads, caller=user.account_id, submission_id=submission_id)
    return _one([found] if found else [])


async def show(session: Transaction, user: Principal, submission_id: UUID) -> Row:
    """As `get_for`, within a transaction."""
    rows = await _VISIBLE.run(session, caller=user.account_id, submission_id=submission_id)
    return _one(rows)


async def find_newest(
    session: AsyncSession, task_id: UUID, student_id: UUID
) -> tuple[Submission, Task] | None:
    """The newest version of a student's work on a task, with the task."""
    row = (
        await session.execute(
            select(Submission, Task)
            .join(Task, Task.id == Submission.task_id)
            .where(Submission.task_id == task_id, Submission.student_id == student_id)
            .order_by(Submission.number.desc())
            .limit(1)
        )
    ).first()
    return None if row is None else (row[0], row[1])


def _one(rows: Sequence[Row]) -> Row:
    if not rows:
        raise MarkNotFound
    return rows[0]
