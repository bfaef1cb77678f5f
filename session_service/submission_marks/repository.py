"""Queries for the marks of submissions. Permission is part of every query of a person's."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import Uuid, bindparam, select

from libs.auth import Principal
from libs.hot_reads import Query, Row
from libs.hot_writes import Transaction
from libs.postgres import Reads
from session_service.marks.errors import MarkNotFound
from session_service.marks.models import Mark, released_for

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


def _one(rows: Sequence[Row]) -> Row:
    if not rows:
        raise MarkNotFound
    return rows[0]
