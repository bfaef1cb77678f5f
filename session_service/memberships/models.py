"""Memberships: a person's place in a class."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from session_service.base import Base
from session_service.memberships.schemas import MembershipState


class Membership(Base):
    """A student's place in a class; one per student and class."""

    __tablename__ = "memberships"
    __table_args__ = (UniqueConstraint("study_session_id", "student_id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    study_session_id: Mapped[UUID] = mapped_column(ForeignKey("study_sessions.id"))
    student_id: Mapped[UUID] = mapped_column(index=True)
    student_code: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(Text)
    requested_at: Mapped[datetime]
    approved_at: Mapped[datetime | None]
    revision: Mapped[int]

    def approve(self, now: datetime) -> bool:
        """Lets the student in; returns false if the student is in already."""
        if self.state == MembershipState.APPROVED:
            return False
        self.state, self.approved_at = MembershipState.APPROVED.value, now
        self.revision += 1
        return True
