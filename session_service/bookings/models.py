"""When teachers can be booked, and bookings."""

from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Text, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from session_service.base import Base
from session_service.bookings.schemas import AvailabilityOut, Window
from session_service.bookings.slots import Plan


class Availability(Base):
    """One teacher's week, for all classes; whoever books locks this row. `windows` and `days_off`
    are as clients send them.
    """

    __tablename__ = "availabilities"

    tutor_id: Mapped[UUID] = mapped_column(primary_key=True)
    zone: Mapped[str] = mapped_column(Text)
    slot_minutes: Mapped[int]
    buffer_minutes: Mapped[int]
    notice_minutes: Mapped[int]
    horizon_days: Mapped[int]
    needs_credit: Mapped[bool]
    windows: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    days_off: Mapped[list[str]] = mapped_column(JSONB)
    revision: Mapped[int]

    @property
    def slot(self) -> timedelta:
        """How long a slot is."""
        return timedelta(minutes=self.slot_minutes)

    @property
    def plan(self) -> Plan:
        """What the rules of slots need."""
        return Plan(
            zone=self.zone,
            slot=self.slot,
            buffer=timedelta(minutes=self.buffer_minutes),
            notice=timedelta(minutes=self.notice_minutes),
            horizon=timedelta(days=self.horizon_days),
            windows=[Window.model_validate(one) for one in self.windows],
            days_off=frozenset(date.fromisoformat(day) for day in self.days_off),
        )

    def shown(self) -> AvailabilityOut:
        """As its teacher sees it."""
        return AvailabilityOut.model_validate(self)


class Booking(Base):
    """A lesson that a student has booked; its times are the lesson's."""

    __tablename__ = "bookings"
    __table_args__ = (UniqueConstraint("lesson_id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    study_session_id: Mapped[UUID] = mapped_column(ForeignKey("study_sessions.id"), index=True)
    lesson_id: Mapped[UUID] = mapped_column(ForeignKey("lessons.id"))
    tutor_id: Mapped[UUID] = mapped_column(index=True)
    student_id: Mapped[UUID] = mapped_column(index=True)
    student_code: Mapped[str] = mapped_column(Text)
    note: Mapped[str] = mapped_column(Text)
    credit_id: Mapped[UUID | None] = mapped_column(ForeignKey("credits.id"))
    created_at: Mapped[datetime]
    cancelled_at: Mapped[datetime | None]
    cancelled_by: Mapped[UUID | None]
    reason: Mapped[str] = mapped_column(Text)
    revision: Mapped[int]
