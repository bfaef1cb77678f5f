"""What is marked: one row per task, assessment or manual column of a class's gradebook."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import ForeignKey, Index, Numeric, Text
from sqlalchemy.orm import Mapped, mapped_column

from session_service.base import Base
from session_service.grade_items.schemas import ItemKind, ReleaseRule


class GradeItem(Base):
    """A column of a gradebook; its `id` is that of the task or assessment. After `cut_off_at`, or
    `due_at` where it is null, nothing is taken in any more.
    """

    __tablename__ = "grade_items"
    __table_args__ = (Index("ix_grade_items_study_session_id", "study_session_id", "id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    study_session_id: Mapped[UUID] = mapped_column(ForeignKey("study_sessions.id"))
    kind: Mapped[str] = mapped_column(Text)
    title: Mapped[str] = mapped_column(Text)
    points: Mapped[Decimal] = mapped_column(Numeric(7, 2))
    category: Mapped[str] = mapped_column(Text)
    release: Mapped[str] = mapped_column(Text)
    due_at: Mapped[datetime | None]
    cut_off_at: Mapped[datetime | None]
    position: Mapped[int]
    created_at: Mapped[datetime]
    revision: Mapped[int]

    @property
    def releases_at_once(self) -> bool:
        """Whether a mark is shown as soon as it is whole."""
        return self.release == ReleaseRule.AT_ONCE

    @property
    def waits_for_all(self) -> bool:
        """Whether marks are shown when all are there."""
        return self.release == ReleaseRule.WHEN_ALL_MARKED

    @property
    def is_manual(self) -> bool:
        """Whether nothing is handed in for it."""
        return self.kind == ItemKind.MANUAL
