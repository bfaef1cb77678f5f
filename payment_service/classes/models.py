"""The local copy of classes: who may pay for what."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import Index, Text, false
from sqlalchemy.orm import Mapped, mapped_column

from payment_service.base import Base


class ClassState(StrEnum):
    """How far a class has come, as session_service tells."""

    CREATED = "created"
    APPROVED = "approved"
    ACTIVE = "active"
    REJECTED = "rejected"


class StudySession(Base):
    """What we know of a class; `revision` is session_service's.

    `event_revision` numbers our own events about this class. It is raised under this row's lock,
    which also keeps those events in order. `rejected_at` is when we heard of an admin's no, which
    is for good: what is paid from then on goes back, as it does from `ended_at`, when we heard of
    its end. While `keeps_time` it is paused, and the time counts as not used; `kept_seconds` is how
    long it has been so, all earlier pauses together.
    """

    __tablename__ = "study_sessions"
    __table_args__ = (Index("ix_study_sessions_tutor_id", "tutor_id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    session_code: Mapped[str] = mapped_column(Text)
    tutor_id: Mapped[UUID]
    state: Mapped[str] = mapped_column(Text)
    revision: Mapped[int]
    rejected_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    keeps_time: Mapped[bool] = mapped_column(server_default=false())
    kept_seconds: Mapped[int] = mapped_column(server_default="0")
    event_revision: Mapped[int] = mapped_column(server_default="0")

    @property
    def is_over(self) -> bool:
        """Whether nobody can pay for it any more."""
        return self.rejected_at is not None or self.ended_at is not None

    @property
    def stands_still(self) -> bool:
        """Whether no time that was paid for is used up."""
        return self.is_over or self.keeps_time

    def next_event_revision(self) -> int:
        """The number of the next event of ours about this class; the row must be locked."""
        self.event_revision += 1
        return self.event_revision
