"""Queries for the marks of submissions. Permission is part of every query of a person's."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import Uuid, and_, bindparam, func, literal, select
from sqlalchemy.ext.asyncio import AsyncSession

from libs.auth import Principal
from libs.hot_reads import Query, Row
from libs.hot_writes import Transaction
from libs.postgres import Reads
from session_service.extensions.models import Extension
from session_service.late_policies.models import NAMES, policy_of
from session_service.late_policies.rules import Penalty, penalty
from session_service.marks.errors import MarkNotFound
from session_service.marks.models import Mark, MarkPart, released_for
from session_service.marks.schemas import PartSource
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
_IMPORTED = select(literal(1)).where(
    MarkPart.mark_id == Mark.id, MarkPart.source == PartSource.IMPORT.value
)
_LATE = (
    select(
        Mark.id.label("mark_id"),
        func.coalesce(Submission.counted_at, Submission.received_at).label("counted_at"),
        func.greatest(Task.due_at, Extension.due_at).label("due_at"),
        *(Task.__table__.c[name] for name in NAMES),
    )
    .join(Submission, Submission.id == Mark.work_id)
    .join(Task, Task.id == Submission.task_id)
    .outerjoin(
        Extension,
        and_(Extension.item_id == Mark.item_id, Extension.student_id == Mark.student_id),
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


async def find_newest(session: AsyncSession, task_id: UUID, student_id: UUID) -> Submission | None:
    """The newest version of a student's work on a task."""
    return await session.scalar(
        select(Submission)
        .where(Submission.task_id == task_id, Submission.student_id == student_id)
        .order_by(Submission.number.desc())
        .limit(1)
    )


async def list_late(
    session: AsyncSession, task_id: UUID, student_id: UUID | None
) -> dict[UUID, Penalty | None]:
    """What the works behind a task's marks lose for being late, of all or of one student, by the
    ids of the marks. Where a file has said what a mark comes to, it does.
    """
    of_whom = [] if student_id is None else [Mark.student_id == student_id]
    rows = await session.execute(
        _LATE.where(Mark.item_id == task_id, ~_IMPORTED.exists(), *of_whom)
    )
    return {
        row["mark_id"]: penalty(policy_of({**row}), row["due_at"], row["counted_at"])
        for row in rows.mappings()
    }


def _one(rows: Sequence[Row]) -> Row:
    if not rows:
        raise MarkNotFound
    return rows[0]
