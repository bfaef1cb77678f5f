"""Tasks: pieces of work for all students of a class."""

from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

from sqlalchemy import ForeignKey, Index, Numeric, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from session_service.base import Base
from session_service.late_policies.models import PolicyColumns
from session_service.tasks.errors import TaskDuePassed, TaskPublished
from session_service.tasks.schemas import TaskState

REMINDED = timedelta(days=1)
"""How long before the due time students are reminded of what they have not handed in."""


class Task(PolicyColumns, Base):
    """A piece of work. `due_at` is an instant. `publish_at` is set while it is scheduled, and
    `remind_at` as long as a reminder is still to be sent. `task_series_id` is what made it, if it
    repeats.
    """

    __tablename__ = "tasks"
    __table_args__ = (
        Index("ix_tasks_publish_at", "publish_at", postgresql_where=text("publish_at IS NOT NULL")),
        Index("ix_tasks_remind_at", "remind_at", postgresql_where=text("remind_at IS NOT NULL")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    study_session_id: Mapped[UUID] = mapped_column(ForeignKey("study_sessions.id"), index=True)
    title: Mapped[str] = mapped_column(Text)
    description: Mapped[str] = mapped_column(Text)
    points: Mapped[Decimal] = mapped_column(Numeric(7, 2))
    category: Mapped[str] = mapped_column(Text, server_default="")
    state: Mapped[str] = mapped_column(Text, server_default=TaskState.PUBLISHED.value)
    due_at: Mapped[datetime]
    publish_at: Mapped[datetime | None]
    published_at: Mapped[datetime | None]
    remind_at: Mapped[datetime | None]
    task_series_id: Mapped[UUID | None]
    created_at: Mapped[datetime]
    revision: Mapped[int]

    @property
    def is_published(self) -> bool:
        """Whether students see it."""
        return self.state == TaskState.PUBLISHED

    def publish(self, now: datetime) -> bool:
        """Shows it to students; false if they see it already. Raises `TaskDuePassed`."""
        if self.is_published:
            return False
        if self.due_at <= now:
            raise TaskDuePassed
        self.state, self.publish_at, self.published_at = TaskState.PUBLISHED.value, None, now
        self.plan_reminder(now)
        self.revision += 1
        return True

    def schedule(self, at: datetime) -> None:
        """Lets it be published later. Raises `TaskPublished`, or `TaskDuePassed` unless it is due
        after that.
        """
        self.check_not_published()
        if self.due_at <= at:
            raise TaskDuePassed("It would be due before it is published.")
        self.state, self.publish_at = TaskState.SCHEDULED.value, at
        self.revision += 1

    def unschedule(self) -> None:
        """Forgets the time at which it would be published. Raises `TaskPublished`."""
        self.check_not_published()
        self.state, self.publish_at = TaskState.DRAFT.value, None
        self.revision += 1

    def move_due(self, to: datetime, now: datetime) -> None:
        """Lets it be due at another time, of which students hear by itself if it is near."""
        self.due_at = to
        if self.is_published:
            self.plan_reminder(now)

    def plan_reminder(self, now: datetime) -> None:
        """A reminder is sent a day before the due time, unless that has passed: whoever hears of
        the task now knows of it (R22).
        """
        at = self.due_at - REMINDED
        self.remind_at = at if at > now else None

    def check_not_published(self) -> None:
        """Raises `TaskPublished` when students see it."""
        if self.is_published:
            raise TaskPublished
