"""Files of tasks, and of the work on them."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Index, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from session_service.base import Base
from session_service.materials.models import GIVES_UP, LINGERS
from session_service.materials.schemas import VersionState


class WorkFile(Base):
    """One upload: for a task, or a student's for the work on it. `task_id` is null once the task is
    deleted.

    A row must outlive its objects: who wants them away makes it `gone` and `swept_at` null.
    """

    __tablename__ = "work_files"
    __table_args__ = (
        Index("ix_work_files_task_id", "task_id", "student_id"),
        Index("ix_work_files_unswept", "asked_at", postgresql_where=text("swept_at IS NULL")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    task_id: Mapped[UUID | None] = mapped_column(ForeignKey("tasks.id", ondelete="SET NULL"))
    study_session_id: Mapped[UUID] = mapped_column(ForeignKey("study_sessions.id"), index=True)
    student_id: Mapped[UUID | None] = mapped_column(index=True)
    state: Mapped[str] = mapped_column(Text)
    file_name: Mapped[str] = mapped_column(Text)
    content_type: Mapped[str] = mapped_column(Text)
    size: Mapped[int] = mapped_column(BigInteger)
    sha256: Mapped[str | None] = mapped_column(Text)
    refusal: Mapped[str | None] = mapped_column(Text)
    uploaded_by: Mapped[UUID]
    asked_at: Mapped[datetime]
    completed_at: Mapped[datetime | None]
    handed_in_at: Mapped[datetime | None]
    swept_at: Mapped[datetime | None]

    @property
    def upload(self) -> str:
        """The key to which the client uploads, and may do so again while its leave lives."""
        return f"uploads/work-files/{self.id}"

    @property
    def kept(self) -> str:
        """The key of the bytes that were looked at."""
        return f"work-files/{self.id}"

    def is_over(self, now: datetime) -> bool:
        """Whether nothing can be uploaded any more."""
        return now >= self.asked_at + LINGERS

    def accept(self) -> None:
        """Shows it: its bytes are kept. Only once, and unless it is gone: a job may come twice."""
        if self.state == VersionState.PENDING:
            self.state = VersionState.READY.value

    def refuse(self, code: str) -> None:
        """Keeps it from being used; `code` says why."""
        if self.state == VersionState.PENDING:
            self.state, self.refusal = VersionState.REFUSED.value, code

    def drop(self) -> None:
        """Shows it to nobody any more; its objects go."""
        self.state, self.swept_at = VersionState.GONE.value, None

    def age(self, now: datetime) -> None:
        """What time does to a file that nobody cares for, or whose task is deleted."""
        if self.task_id is None or (self.state == VersionState.ASKED and self.is_over(now)):
            self.state = VersionState.GONE.value
        if self.completed_at is not None and now >= self.completed_at + GIVES_UP:
            self.refuse("gave_up")
