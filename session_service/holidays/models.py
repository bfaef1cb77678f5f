"""Days on which a class does not meet."""

from collections.abc import Iterable
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, Text
from sqlalchemy.orm import Mapped, mapped_column

from session_service.base import Base


class ClassHoliday(Base):
    """From `first_on` to `last_on`, both included: dates as lessons have them in their zones. One
    that was taken back stays, for lessons of the past name it.
    """

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
    removed_at: Mapped[datetime | None]

    def covers(self, day: date) -> bool:
        """Whether there is no lesson on a day because of it."""
        return self.removed_at is None and self.first_on <= day <= self.last_on


def covering(holidays: Iterable[ClassHoliday], day: date) -> UUID | None:
    """The id of a holiday that covers a day, if one does."""
    return next((one.id for one in holidays if one.covers(day)), None)
