"""What single students are granted for a task or an assessment (S9)."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import ForeignKey, Index, Numeric, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from session_service.base import Base


class Extension(Base):
    """One student's extension for one item (a task's or an assessment's id): `due_at` replaces the
    item's own, if it is given, and time limits are longer by a factor.
    """

    __tablename__ = "extensions"
    __table_args__ = (
        UniqueConstraint("item_id", "student_id"),
        Index(
            "ix_extensions_remind_at", "remind_at", postgresql_where=text("remind_at IS NOT NULL")
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    item_id: Mapped[UUID]
    study_session_id: Mapped[UUID] = mapped_column(ForeignKey("study_sessions.id"), index=True)
    student_id: Mapped[UUID] = mapped_column(index=True)
    due_at: Mapped[datetime | None]
    extra_time_factor: Mapped[Decimal] = mapped_column(Numeric(3, 2))
    reason: Mapped[str] = mapped_column(Text)
    remind_at: Mapped[datetime | None]
    granted_by: Mapped[UUID]
    granted_at: Mapped[datetime]
    revision: Mapped[int]
