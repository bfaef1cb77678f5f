"""Tasks, and the versions of work that students hand in."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import ForeignKey, Numeric, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from session_service.base import Base
from session_service.study_sessions.models import check_open
from session_service.tasks.errors import TaskClosed


class Task(Base):
    """A piece of work for all students of a class. `due_at` is an instant."""

    __tablename__ = "tasks"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    study_session_id: Mapped[UUID] = mapped_column(ForeignKey("study_sessions.id"), index=True)
    title: Mapped[str] = mapped_column(Text)
    description: Mapped[str] = mapped_column(Text)
    points: Mapped[Decimal] = mapped_column(Numeric(7, 2))
    due_at: Mapped[datetime]
    created_at: Mapped[datetime]
    revision: Mapped[int]


@dataclass(frozen=True, slots=True)
class Assignment:
    """A task as it stands before a student who may work on it: what handing in depends on."""

    task_id: UUID
    due_at: datetime
    study_session_id: UUID
    session_code: str
    tutor_id: UUID
    state: str

    def check_takes_work(self, now: datetime) -> None:
        """Raises `StudySessionNotOpen`, or `TaskClosed` after the due time; the moment itself is
        still in time.
        """
        check_open(self.state)
        if now > self.due_at:
            raise TaskClosed


class Submission(Base):
    """A version of a student's work on a task: 1, 2, 3 and so on, never changed."""

    __tablename__ = "submissions"
    __table_args__ = (UniqueConstraint("task_id", "student_id", "number"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    task_id: Mapped[UUID] = mapped_column(ForeignKey("tasks.id"))
    student_id: Mapped[UUID] = mapped_column(index=True)
    student_code: Mapped[str] = mapped_column(Text)
    number: Mapped[int]
    body: Mapped[str] = mapped_column(Text)
    received_at: Mapped[datetime]
