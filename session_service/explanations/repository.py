"""Queries for explanations: marks as their trail has them at a moment."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Uuid, and_, bindparam, or_, select

from libs.auth import Principal
from libs.hot_reads import Query, Row
from libs.postgres import Reads
from session_service.late_policies.rules import Penalty
from session_service.marks.models import RELEASED, Mark, MarkChange, concerns, helped_by
from session_service.marks.schemas import MarkState

_CALLER = bindparam("caller", type_=Uuid())
_HELPED = helped_by(_CALLER)
_TRAIL = (
    select(
        MarkChange.mark_id,
        MarkChange.number,
        MarkChange.to_state,
        MarkChange.to_total,
        MarkChange.excused,
        MarkChange.work_id,
        MarkChange.penalty_days,
        MarkChange.penalty_percent,
        MarkChange.penalty_base,
        MarkChange.penalty_points,
        MarkChange.parts,
        Mark.item_id,
        or_(_HELPED, RELEASED).label("open"),
        _HELPED.label("helped"),
    )
    .join(Mark, Mark.id == MarkChange.mark_id)
    .where(
        MarkChange.changed_at <= bindparam("at"),
        or_(_HELPED, and_(or_(RELEASED, Mark.excused), concerns(_CALLER))),
    )
    .order_by(MarkChange.mark_id, MarkChange.number)
)
_OF_MARK = Query(_TRAIL.where(Mark.id == bindparam("mark_id")))
_OF_STUDENT = Query(
    _TRAIL.where(
        Mark.study_session_id == bindparam("study_session_id"),
        Mark.student_id == bindparam("student_id"),
    )
)


async def list_of_mark(reads: Reads, user: Principal, mark_id: UUID, at: datetime) -> list[Row]:
    """A mark's trail until a moment, oldest first, as far as the caller may see it."""
    rows = await _OF_MARK.all(reads, caller=user.account_id, mark_id=mark_id, at=at)
    return _visible(rows)


async def list_of_student(
    reads: Reads, user: Principal, place: tuple[UUID, UUID], at: datetime
) -> list[Row]:
    """The trails of all marks of a student (class, student), one after the other."""
    rows = await _OF_STUDENT.all(
        reads, caller=user.account_id, study_session_id=place[0], student_id=place[1], at=at
    )
    return _visible(rows)


def penalty(row: Row) -> Penalty | None:
    """What lateness cost by a change."""
    if row["penalty_days"] is None:
        return None
    base: Any = row["penalty_base"]
    return Penalty(row["penalty_days"], row["penalty_percent"], base)


def _visible(rows: Sequence[Row]) -> list[Row]:
    """A student's trail begins anew whenever the mark was hidden, and is hidden while it is."""
    found: list[Row] = []
    for row in rows:
        shown = row["open"] and row["to_state"] == MarkState.RELEASED
        if not row["helped"] and not shown:
            found = [one for one in found if one["mark_id"] != row["mark_id"]]
            if not row["excused"]:
                continue
            row = {**row, "to_total": None, "parts": [], "penalty_days": None}
        found.append(row)
    return found
