"""How a change of a mark is written down (S13)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from libs.ids import new_id
from session_service.marks.models import Mark, MarkChange, MarkWord
from session_service.marks.rules import Part
from session_service.marks.schemas import ChangeKind, PartSource


@dataclass(frozen=True, slots=True)
class Act:
    """Who does something to a mark (null: the machine), why, and when."""

    by: UUID | None
    why: str
    now: datetime


@dataclass(frozen=True, slots=True)
class Before:
    """A mark as it was."""

    total: Decimal | None
    state: str
    comment: str

    @classmethod
    def of(cls, mark: Mark) -> "Before":
        """As it is now."""
        return cls(mark.total, mark.state, mark.comment)


def entry(
    mark: Mark, kind: ChangeKind, before: Before, parts: Sequence[Part], act: Act
) -> tuple[MarkChange, MarkWord | None]:
    """The next entry of a mark's trail, whose `revision` it raises."""
    mark.revision += 1
    change = MarkChange(
        id=new_id(), mark_id=mark.id, number=mark.revision, kind=kind.value, changed_by=act.by,
        changed_at=act.now, from_total=before.total, to_total=mark.total, from_state=before.state,
        to_state=mark.state, excused=mark.excused, work_id=mark.work_id,
        penalty_days=mark.penalty_days, penalty_percent=mark.penalty_percent,
        penalty_base=mark.penalty_base, penalty_points=mark.penalty_points,
        parts=[to_json(part) for part in parts],
    )  # fmt: skip
    if not act.why and mark.comment == before.comment:
        return change, None
    word = MarkWord(
        change_id=change.id, student_id=mark.student_id, reason=act.why, comment=mark.comment
    )
    return change, word


def to_json(part: Part) -> dict[str, Any]:
    """A part's numbers; its note stays out, as the trail cannot forget."""
    return {
        "key": part.key,
        "points": None if part.points is None else str(part.points),
        "maximum": str(part.maximum),
        "source": part.source.value,
        "rule": part.rule,
    }


def from_json(value: dict[str, Any]) -> Part:
    """The part that `to_json` wrote."""
    points = value["points"]
    return Part(
        key=value["key"],
        points=None if points is None else Decimal(points),
        maximum=Decimal(value["maximum"]),
        source=PartSource(value["source"]),
        rule=value["rule"],
    )
