"""Tasks that repeat by a rule (S6)."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

from sqlalchemy import DateTime, ForeignKey, Index, Numeric, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from libs import zones
from session_service.base import Base
from session_service.late_policies.models import PolicyColumns
from session_service.series import recurrence


class TaskSeries(PolicyColumns, Base):
    """What a task is like that is set again and again. `next_due` is the rule's next place, wall
    time in `zone`, and `next_publish_at` the instant at which its task is set; both are null once
    there is none.
    """

    __tablename__ = "task_series"
    __table_args__ = (
        Index(
            "ix_task_series_next_publish_at",
            "next_publish_at",
            postgresql_where=text("next_publish_at IS NOT NULL"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    study_session_id: Mapped[UUID] = mapped_column(ForeignKey("study_sessions.id"), index=True)
    title: Mapped[str] = mapped_column(Text)
    description: Mapped[str] = mapped_column(Text)
    points: Mapped[Decimal] = mapped_column(Numeric(7, 2))
    category: Mapped[str] = mapped_column(Text)
    local_due: Mapped[datetime] = mapped_column(DateTime(timezone=False))
    zone: Mapped[str] = mapped_column(Text)
    rule: Mapped[str] = mapped_column(Text)
    lead_minutes: Mapped[int]
    next_due: Mapped[datetime | None] = mapped_column(DateTime(timezone=False))
    next_publish_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    revision: Mapped[int]

    def places(self) -> Iterator[datetime]:
        """The rule's places from the next one on."""
        if self.next_due is not None:
            rule = recurrence.read(self.rule, self.zone)
            for place in recurrence.places(rule, self.local_due, self.zone):
                if place >= self.next_due:
                    yield place

    def due_at(self, place: datetime) -> datetime:
        """When a place's task is due."""
        return zones.to_instant(place, self.zone)

    def publish_at(self, place: datetime) -> datetime:
        """When a place's task is set."""
        return self.due_at(place) - timedelta(minutes=self.lead_minutes)

    def turn_to(self, place: datetime | None) -> None:
        """Makes a place the next one; null for none."""
        self.next_due = place
        self.next_publish_at = None if place is None else self.publish_at(place)

    def end(self, now: datetime) -> None:
        """Sets no more tasks."""
        self.turn_to(None)
        self.ended_at = self.ended_at or now
        self.revision += 1
