"""Study sessions, which people call classes, and their life cycle."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from session_service.base import Base
from session_service.study_sessions.errors import AlreadyApproved, StudySessionNotOpen
from session_service.study_sessions.schemas import State


def check_open(state: str) -> None:
    """Raises `StudySessionNotOpen` unless students may join a class in this state, and work."""
    if state != State.ACTIVE:
        raise StudySessionNotOpen


class StudySession(Base):
    """A tutor's class. `session_code` is its permanent public code."""

    __tablename__ = "study_sessions"
    __table_args__ = (UniqueConstraint("session_code"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    session_code: Mapped[str] = mapped_column(Text)
    name: Mapped[str] = mapped_column(Text)
    description: Mapped[str] = mapped_column(Text)
    zone: Mapped[str] = mapped_column(Text)
    tutor_id: Mapped[UUID] = mapped_column(index=True)
    state: Mapped[str] = mapped_column(Text, index=True)
    paid_at: Mapped[datetime | None]
    approved_at: Mapped[datetime | None]
    approved_by: Mapped[UUID | None]
    created_at: Mapped[datetime]
    revision: Mapped[int]

    def approve(self, by: UUID, now: datetime) -> bool:
        """Notes an admin's approval; returns whether the class became active by it.

        Raises `AlreadyApproved`.
        """
        if self.approved_at is not None:
            raise AlreadyApproved
        self.approved_at, self.approved_by = now, by
        return self._activate()

    def pay(self, at: datetime) -> bool:
        """Notes the payment; returns whether the class became active by it. Paying again is no
        news.
        """
        if self.paid_at is not None:
            return False
        self.paid_at = at
        return self._activate()

    def _activate(self) -> bool:
        self.revision += 1
        ready = self.paid_at is not None and self.approved_at is not None
        if not ready or self.state != State.PENDING:
            return False
        self.state = State.ACTIVE.value
        return True

    def check_open(self) -> None:
        """Raises `StudySessionNotOpen` unless students may join and work."""
        check_open(self.state)


@dataclass(frozen=True, slots=True)
class Taught:
    """A class as its tutor's acts need it: what goes into it, and into events."""

    study_session_id: UUID
    session_code: str
    tutor_id: UUID
    state: str

    def check_open(self) -> None:
        """Raises `StudySessionNotOpen` unless students may join and work."""
        check_open(self.state)
