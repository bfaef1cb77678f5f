"""Exports of a class's attendance."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ForeignKey, Text
from sqlalchemy.orm import Mapped, mapped_column

from session_service.attendance_exports.schemas import ExportState
from session_service.base import Base

LIVES = timedelta(days=1)


class AttendanceExport(Base):
    """One export; its row goes after its object."""

    __tablename__ = "attendance_exports"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    study_session_id: Mapped[UUID] = mapped_column(ForeignKey("study_sessions.id"))
    asked_by: Mapped[UUID] = mapped_column(index=True)
    state: Mapped[str] = mapped_column(Text)
    rows: Mapped[int | None]
    asked_at: Mapped[datetime] = mapped_column(index=True)

    @property
    def key(self) -> str:
        """Where the file lies in the private bucket."""
        return f"attendance-exports/{self.id}.csv"

    @property
    def expires_at(self) -> datetime:
        """When it is taken away."""
        return self.asked_at + LIVES

    def finish(self, rows: int) -> None:
        """Notes that the file is there."""
        self.state, self.rows = ExportState.READY.value, rows
