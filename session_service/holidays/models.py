"""Days on which a class does not meet."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, Text
from sqlalchemy.orm import Mapped, mapped_column

from session_service.base import Base


class ClassHoliday(Base):
    """From `first_on` to `last_on`, both included: dates as lessons have them in their zones."""

    __tablename__ = "class_holidays"
    __table_args__ = (
        Index("ix_class_holidays_study_session_id_first_on", "study_session_id", "first_on"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    study_session_id: Mapped[UUID] = mapped_column(ForeignKey("study_sessions.id"))
    name: Mapped[str] = mapped_column(Text)
    first_on: Mapped[date]
    last_on: Mapped[date]
    created_at: Mapped[datetime]
