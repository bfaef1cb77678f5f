"""Pictures of trends."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ForeignKey, Text
from sqlalchemy.orm import Mapped, mapped_column

from session_service.base import Base

FRESH = timedelta(minutes=15)
"""A picture is looked at anew when it is asked for and its last look was so long ago."""


class Chart(Base):
    """One picture, or the wish for one. `subject_id` is the student, or the class itself. `digest`
    is that of the facts from which it is drawn, `tag` that of its bytes.

    It stands in a table and not in the object store: it is 10 to 30 kB, its readers' rights are
    looked up with each request anyway, and it goes with its student's rows in one transaction.
    """

    __tablename__ = "charts"

    study_session_id: Mapped[UUID] = mapped_column(
        ForeignKey("study_sessions.id"), primary_key=True
    )
    kind: Mapped[str] = mapped_column(Text, primary_key=True)
    subject_id: Mapped[UUID] = mapped_column(primary_key=True, index=True)
    asked_at: Mapped[datetime]
    drawn_at: Mapped[datetime | None]
    digest: Mapped[str | None] = mapped_column(Text)
    tag: Mapped[str | None] = mapped_column(Text)
    svg: Mapped[str | None] = mapped_column(Text)
