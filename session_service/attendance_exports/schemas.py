"""What clients get about exports of attendance, and the jobs."""

from datetime import datetime
from enum import StrEnum
from typing import ClassVar
from uuid import UUID

from libs.jobs import Job
from libs.schemas import Schema


class ExportState(StrEnum):
    """Being built, or there for a day."""

    PENDING = "pending"
    READY = "ready"


class AttendanceExportOut(Schema):
    """An export. Once it is ready, `url` saves it as a CSV file, for five minutes; ask again for
    another address.
    """

    id: UUID
    study_session_id: UUID
    state: ExportState
    rows: int | None
    asked_at: datetime
    expires_at: datetime
    url: str | None


class BuildExport(Job):
    """Write a class's attendance into a file."""

    type: ClassVar[str] = "session.attendance_exports.build"

    export_id: UUID


class SweepExports(Job):
    """Take away exports that are older than a day."""

    type: ClassVar[str] = "session.attendance_exports.sweep"
