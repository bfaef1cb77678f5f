"""The local copy of classes: who may pay for what."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import Text
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
    is for good: what is paid from then on goes back.
    """

    __tablename__ = "study_sessions"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    session_code: Mapped[str] = mapped_column(Text)
    tutor_id: Mapped[UUID]
    state: Mapped[str] = mapped_column(Text)
    revision: Mapped[int]
    rejected_at: Mapped[datetime | None]
    event_revision: Mapped[int] = mapped_column(server_default="0")

    def next_event_revision(self) -> int:
        """The number of the next event of ours about this class; the row must be locked."""
        self.event_revision += 1
        return self.event_revision
