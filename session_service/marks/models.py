"""Marks: one row per grade item and student, made of parts, with a trail that is only added to."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, cast
from uuid import UUID

from sqlalchemy import ColumnElement, ForeignKey, Index, Numeric, Text, UniqueConstraint, and_, or_
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from session_service.base import Base
from session_service.class_roles.models import Caller, observed_by, taught_by
from session_service.class_roles.schemas import HELPERS
from session_service.late_policies.rules import Penalty
from session_service.marks.rules import Part, Sum, state
from session_service.marks.schemas import MarkState, PartSource

APPEND_ONLY = {"comment": "append-only"}
"""What provisioning reads: the services' role may not change or delete such a table's rows."""


class Mark(Base):
    """A student's mark for one item. `total` follows from the parts and the penalty, and is only
    ever counted anew; `work_id` is the submission or attempt that was marked. `marked_by` is null
    where the machine did it. `revision` grows with each change: the number of the trail's last.
    """

    __tablename__ = "marks"
    __table_args__ = (
        UniqueConstraint("item_id", "student_id"),
        Index("ix_marks_study_session_id", "study_session_id", "student_id"),
        Index("ix_marks_student_id", "student_id", "id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    item_id: Mapped[UUID] = mapped_column(ForeignKey("grade_items.id"))
    study_session_id: Mapped[UUID] = mapped_column(ForeignKey("study_sessions.id"))
    student_id: Mapped[UUID]
    work_id: Mapped[UUID | None] = mapped_column(index=True)
    state: Mapped[str] = mapped_column(Text)
    excused: Mapped[bool]
    total: Mapped[Decimal | None] = mapped_column(Numeric(9, 2))
    penalty_days: Mapped[int | None]
    penalty_percent: Mapped[Decimal | None] = mapped_column(Numeric(6, 2))
    penalty_base: Mapped[str | None] = mapped_column(Text)
    penalty_points: Mapped[Decimal | None] = mapped_column(Numeric(9, 2))
    comment: Mapped[str] = mapped_column(Text)
    marked_by: Mapped[UUID | None]
    marked_at: Mapped[datetime | None]
    released_at: Mapped[datetime | None]
    revision: Mapped[int]

    @property
    def penalty(self) -> Penalty | None:
        """What lateness costs."""
        if self.penalty_days is None or self.penalty_percent is None:
            return None
        return Penalty(self.penalty_days, self.penalty_percent, cast(Any, self.penalty_base))

    @property
    def is_released(self) -> bool:
        """Whether the student sees it."""
        return self.state == MarkState.RELEASED

    @property
    def is_done(self) -> bool:
        """Whether nobody has to mark it any more."""
        return self.excused or self.total is not None

    def count(self, parts: Sequence[Part], penalty: Penalty | None, found: Sum) -> None:
        """Takes what parts have come to."""
        self.penalty_days = penalty.days if penalty else None
        self.penalty_percent = penalty.percent if penalty else None
        self.penalty_base = penalty.base if penalty else None
        self.penalty_points, self.total = found.taken_off, found.total
        self.settle(has_parts=bool(parts))

    def settle(self, *, has_parts: bool) -> None:
        """Finds the state anew."""
        shown = self.released_at is not None
        self.state = state(has_parts=has_parts, total=self.total, shown=shown).value


class MarkPart(Base):
    """One part of a mark as it is now; earlier ones stand in the trail."""

    __tablename__ = "mark_parts"

    mark_id: Mapped[UUID] = mapped_column(ForeignKey("marks.id"), primary_key=True)
    key: Mapped[str] = mapped_column(Text, primary_key=True)
    position: Mapped[int]
    points: Mapped[Decimal | None] = mapped_column(Numeric(9, 2))
    maximum: Mapped[Decimal] = mapped_column(Numeric(9, 2))
    source: Mapped[str] = mapped_column(Text)
    rule: Mapped[str] = mapped_column(Text)
    note: Mapped[str] = mapped_column(Text)

    @property
    def part(self) -> Part:
        """It as the rules know it."""
        source = PartSource(self.source)
        return Part(self.key, self.points, self.maximum, source, self.rule, self.note)


class MarkChange(Base):
    """One change of a mark (S13), with all of the mark's numbers as they were after it. Rows are
    only added; words stand beside, so that an erasure may take them away.
    """

    __tablename__ = "mark_changes"
    __table_args__ = (UniqueConstraint("mark_id", "number"), APPEND_ONLY)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    mark_id: Mapped[UUID] = mapped_column(ForeignKey("marks.id"))
    number: Mapped[int]
    kind: Mapped[str] = mapped_column(Text)
    changed_by: Mapped[UUID | None]
    changed_at: Mapped[datetime]
    from_total: Mapped[Decimal | None] = mapped_column(Numeric(9, 2))
    to_total: Mapped[Decimal | None] = mapped_column(Numeric(9, 2))
    from_state: Mapped[str] = mapped_column(Text)
    to_state: Mapped[str] = mapped_column(Text)
    excused: Mapped[bool]
    work_id: Mapped[UUID | None]
    penalty_days: Mapped[int | None]
    penalty_percent: Mapped[Decimal | None] = mapped_column(Numeric(6, 2))
    penalty_base: Mapped[str | None] = mapped_column(Text)
    penalty_points: Mapped[Decimal | None] = mapped_column(Numeric(9, 2))
    parts: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)


class MarkWord(Base):
    """Why a mark was changed, and the comment that it had from then on."""

    __tablename__ = "mark_words"

    change_id: Mapped[UUID] = mapped_column(ForeignKey("mark_changes.id"), primary_key=True)
    student_id: Mapped[UUID] = mapped_column(index=True)
    reason: Mapped[str] = mapped_column(Text)
    comment: Mapped[str] = mapped_column(Text)


class Release(Base):
    """One batch of marks that were shown together (S-A12); `released_by` is null where it was the
    rule of an item.
    """

    __tablename__ = "mark_releases"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    study_session_id: Mapped[UUID] = mapped_column(ForeignKey("study_sessions.id"), index=True)
    released_by: Mapped[UUID | None]
    released_at: Mapped[datetime]
    undone_by: Mapped[UUID | None]
    undone_at: Mapped[datetime | None]
    revision: Mapped[int]


class ReleasedMark(Base):
    """A mark in a batch; `number` is that of the trail's change that showed it."""

    __tablename__ = "released_marks"

    release_id: Mapped[UUID] = mapped_column(ForeignKey("mark_releases.id"), primary_key=True)
    mark_id: Mapped[UUID] = mapped_column(ForeignKey("marks.id"), primary_key=True, index=True)
    number: Mapped[int]


def helped_by(caller: Caller) -> ColumnElement[bool]:
    """That the caller teaches or helps in the mark's class: drafts are shown too."""
    return taught_by(caller, HELPERS, Mark.study_session_id)


def concerns(caller: Caller) -> ColumnElement[bool]:
    """That it is the caller's own mark, or that of the student whom the caller observes: for
    students' views, together with `RELEASED` or `Mark.excused`.
    """
    return or_(
        Mark.student_id == caller,
        observed_by(caller, Mark.study_session_id, Mark.student_id),
    )


RELEASED = Mark.state == MarkState.RELEASED.value
"""That the student sees it. Everything that a student gets, and every average, asks for this."""


def released_for(caller: Caller) -> ColumnElement[bool]:
    """That the caller sees a mark: who teaches or helps any, a student and who observes the student
    what is released.
    """
    return or_(helped_by(caller), and_(RELEASED, concerns(caller)))
