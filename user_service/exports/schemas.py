"""What clients get about exports, and the jobs that make them."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import ClassVar
from uuid import UUID

from libs.jobs import Job
from libs.personal_jobs import CollectJob
from libs.schemas import Schema

OWN = "user_service"
SERVICES = (
    OWN, "session_service", "payment_service", "notification_service", "message_service",
)  # fmt: skip
"""Whoever has a part to give."""
DOWNLOAD_LIVES = timedelta(minutes=5)
FILE_NAME = "studyzed-export.zip"


class ExportState(StrEnum):
    """Where an export stands. `expired`: its file is deleted."""

    COLLECTING = "collecting"
    READY = "ready"
    FAILED = "failed"
    EXPIRED = "expired"


class PartState(StrEnum):
    """Where a service stands with its part."""

    WAITING = "waiting"
    RECEIVED = "received"
    FAILED = "failed"


class PartOut(Schema):
    """A service's progress; `size` in bytes, once it is known."""

    service: str
    state: PartState
    size: int | None


class Download(Schema):
    """Where the file is, for five minutes; ask again for another address."""

    url: str
    expires_at: datetime


class ExportOut(Schema):
    """An export. Its file can be had until `expires_at`; `size` in bytes."""

    id: UUID
    state: ExportState
    requested_at: datetime
    ready_at: datetime | None
    expires_at: datetime | None
    size: int | None
    parts: list[PartOut]
    download: Download | None = None


class CollectExport(CollectJob):
    """Put what this service holds of a person into the object store."""

    type: ClassVar[str] = "user.exports.collect"


class PackExport(Job):
    """Make one file of the parts."""

    type: ClassVar[str] = "user.exports.pack"

    export_id: UUID


class DropParts(Job):
    """Delete the parts of an export whose file exists."""

    type: ClassVar[str] = "user.exports.drop_parts"

    folder: UUID


class DropExport(Job):
    """Delete all objects of an export; `last`: no more can come, so that none is left then."""

    type: ClassVar[str] = "user.exports.drop"

    folder: UUID
    last: bool = False


class SweepExports(Job):
    """Ask again for what is missing, give up, and delete what is over; from the schedule."""

    type: ClassVar[str] = "user.exports.sweep"
