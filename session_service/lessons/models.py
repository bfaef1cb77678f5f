"""Lessons, and the series that make them.

A series keeps what people mean: a local time of day, an IANA zone and a rule. Its lessons keep what
clocks need: instants in UTC, worked out from the series (S-A2). A lesson's identity is its series
and `recurrence_id`, the local time at which the rule places it, also after it was moved (S-A3;
RFC 5545, section 3.8.4.4).
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import DateTime, ForeignKey, Index, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from session_service.base import Base


class Series(Base):
    """A rule that makes lessons; without `rule` it makes one. `local_start` is wall time in
    `zone`; `rule` is an RRULE's value (RFC 5545, section 3.3.10).
    """

    __tablename__ = "lesson_series"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    study_session_id: Mapped[UUID] = mapped_column(ForeignKey("study_sessions.id"), index=True)
    title: Mapped[str] = mapped_column(Text)
    description: Mapped[str] = mapped_column(Text)
    local_start: Mapped[datetime] = mapped_column(DateTime(timezone=False))
    zone: Mapped[str] = mapped_column(Text)
    rule: Mapped[str | None] = mapped_column(Text)
    minutes: Mapped[int]
    created_at: Mapped[datetime]
    sequence: Mapped[int]
    revision: Mapped[int]


class Lesson(Base):
    """One lesson. `sequence` counts its changes for calendars (RFC 5545, section 3.8.7.4)."""

    __tablename__ = "lessons"
    __table_args__ = (
        UniqueConstraint("series_id", "recurrence_id"),
        Index("ix_lessons_study_session_id_starts_at", "study_session_id", "starts_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    series_id: Mapped[UUID] = mapped_column(ForeignKey("lesson_series.id"))
    study_session_id: Mapped[UUID] = mapped_column(ForeignKey("study_sessions.id"))
    recurrence_id: Mapped[datetime] = mapped_column(DateTime(timezone=False))
    title: Mapped[str] = mapped_column(Text)
    description: Mapped[str] = mapped_column(Text)
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    state: Mapped[str] = mapped_column(Text)
    sequence: Mapped[int]
    revision: Mapped[int]
