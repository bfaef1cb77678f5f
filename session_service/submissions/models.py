"""The versions of work that students hand in, and drafts of them."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ARRAY, ForeignKey, Text, UniqueConstraint, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from session_service.base import Base
from session_service.late_policies.rules import (
    LatePolicy,
    Penalty,
    closes_at,
    own_due,
    penalty,
)
from session_service.study_sessions.models import check_open
from session_service.tasks.errors import TaskClosed


@dataclass(frozen=True, slots=True)
class Assignment:
    """A task as it stands before a student who may work on it: what handing in depends on."""

    task_id: UUID
    due_at: datetime
    late_policy: LatePolicy
    study_session_id: UUID
    session_code: str
    tutor_id: UUID
    state: str

    def check_open(self) -> None:
        """Raises `StudySessionNotOpen`."""
        check_open(self.state)

    def is_on_time(self, now: datetime) -> bool:
        """Whether work is on time for everybody; the last moment of the grace still is."""
        return now <= self.due_at + self.late_policy.grace


@dataclass(frozen=True, slots=True)
class Standing:
    """How a student stands with a task whose time is over for the others: an own due time, and
    whether the newest version was given back, with the instant that counted for it.
    """

    extended_to: datetime | None
    returned: bool
    counted_at: datetime | None

    def counted(self, task: Assignment, now: datetime) -> datetime:
        """The instant that counts for work handed in now: for what was given back to be done again
        that of the version before. Raises `TaskClosed`.
        """
        due_at = own_due(task.due_at, self.extended_to)
        if self.returned and now > due_at + task.late_policy.grace:
            return self.counted_at or now
        closing = closes_at(task.late_policy, due_at)
        if closing is not None and now > closing:
            raise TaskClosed
        return now

    def penalty(self, task: Assignment, counted_at: datetime) -> Penalty | None:
        """What the work loses for being late."""
        return penalty(task.late_policy, own_due(task.due_at, self.extended_to), counted_at)


class Submission(Base):
    """A version of a student's work on a task: 1, 2, 3 and so on; what was handed in never changes.

    `counted_at` is the instant that counts for lateness, where that is not `received_at`.
    """

    __tablename__ = "submissions"
    __table_args__ = (UniqueConstraint("task_id", "student_id", "number"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    task_id: Mapped[UUID] = mapped_column(ForeignKey("tasks.id"))
    student_id: Mapped[UUID] = mapped_column(index=True)
    student_code: Mapped[str] = mapped_column(Text)
    number: Mapped[int]
    body: Mapped[str] = mapped_column(Text)
    file_ids: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid()), server_default="{}")
    received_at: Mapped[datetime]
    counted_at: Mapped[datetime | None]
    client_at: Mapped[datetime | None]
    returned_at: Mapped[datetime | None]
    returned_by: Mapped[UUID | None]
    return_note: Mapped[str] = mapped_column(Text, server_default="")


class SubmissionDraft(Base):
    """What a student's devices have saved of the work on a task: one draft, whose revision grows by
    one with each save.
    """

    __tablename__ = "submission_drafts"

    task_id: Mapped[UUID] = mapped_column(ForeignKey("tasks.id"), primary_key=True)
    student_id: Mapped[UUID] = mapped_column(primary_key=True)
    body: Mapped[str] = mapped_column(Text)
    file_ids: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid()), server_default="{}")
    revision: Mapped[int]
    saved_at: Mapped[datetime]
