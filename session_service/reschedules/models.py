"""Requests for another time."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from session_service.base import Base
from session_service.reschedules.errors import RescheduleClosed
from session_service.reschedules.schemas import Outcome, RescheduleState


class Reschedule(Base):
    """A student's request about one lesson; one open request for each lesson and student."""

    __tablename__ = "reschedules"
    __table_args__ = (
        Index(
            "uq_reschedules_lesson_id_student_id",
            "lesson_id",
            "student_id",
            unique=True,
            postgresql_where=text("state = 'open'"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    study_session_id: Mapped[UUID] = mapped_column(ForeignKey("study_sessions.id"), index=True)
    lesson_id: Mapped[UUID] = mapped_column(ForeignKey("lessons.id"))
    student_id: Mapped[UUID] = mapped_column(index=True)
    proposed_at: Mapped[datetime | None]
    reason: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(Text)
    outcome: Mapped[str | None] = mapped_column(Text)
    note: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime]
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[UUID | None]
    revision: Mapped[int]

    def close(self, state: RescheduleState, by: UUID, now: datetime) -> None:
        """Answers it, or takes it back. Raises `RescheduleClosed`."""
        if self.state != RescheduleState.OPEN:
            raise RescheduleClosed
        self.state, self.decided_by, self.decided_at = state.value, by, now
        self.revision += 1

    def grant(self, outcome: Outcome, note: str) -> None:
        """Notes what an accepted request leads to."""
        self.outcome, self.note = outcome.value, note
