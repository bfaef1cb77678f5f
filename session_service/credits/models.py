"""Make-up credits: a lesson that a student missed and may book again."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from session_service.base import Base


@dataclass(frozen=True, slots=True)
class Holder:
    """A booking that holds a credit, or wants to."""

    booking_id: UUID
    student_id: UUID
    study_session_id: UUID


class Credit(Base):
    """One credit. A booking holds it by `booking_id`; a booking that is called off gives it back.

    A lesson gives a student one credit at most.
    """

    __tablename__ = "credits"
    __table_args__ = (
        UniqueConstraint("booking_id"),
        Index(
            "uq_credits_lesson_id_student_id",
            "lesson_id",
            "student_id",
            unique=True,
            postgresql_where=text("revoked_at IS NULL"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    study_session_id: Mapped[UUID] = mapped_column(ForeignKey("study_sessions.id"), index=True)
    student_id: Mapped[UUID] = mapped_column(index=True)
    lesson_id: Mapped[UUID | None] = mapped_column(ForeignKey("lessons.id"))
    reason: Mapped[str] = mapped_column(Text)
    granted_by: Mapped[UUID]
    granted_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    booking_id: Mapped[UUID | None]
    revoked_at: Mapped[datetime | None]
