"""Marks: a number with its history."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import ForeignKey, Numeric, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from session_service.base import Base


class Mark(Base):
    """One marking of a submission. Rows are never changed: the highest `number` counts, the others
    are its history (who, when, what, why).
    """

    __tablename__ = "marks"
    __table_args__ = (UniqueConstraint("submission_id", "number"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    submission_id: Mapped[UUID] = mapped_column(ForeignKey("submissions.id"))
    number: Mapped[int]
    points: Mapped[Decimal] = mapped_column(Numeric(7, 2))
    comment: Mapped[str] = mapped_column(Text)
    marked_by: Mapped[UUID]
    marked_at: Mapped[datetime]
    released_at: Mapped[datetime | None]
