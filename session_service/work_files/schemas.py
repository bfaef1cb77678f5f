"""What clients send and get about files of tasks and of the work on them, and the jobs."""

from datetime import datetime
from typing import Annotated, ClassVar, Literal
from uuid import UUID

from pydantic import Field

from libs.jobs import Job
from libs.schemas import Schema
from session_service.file_versions.schemas import UploadOut, VersionCreate
from session_service.materials.schemas import VersionState

MAX_BYTES = 25_000_000
MOST = 20
"""Files that a task has, and that a student has for it beside those that are handed in."""


class WorkFileCreate(VersionCreate):
    """What will be uploaded."""

    size: Annotated[int, Field(ge=1, le=MAX_BYTES)] = Field(
        description="Bytes; the upload has exactly so many."
    )


class WorkFileOut(Schema):
    """A file and how far it has come; if it is refused, `refusal` says why. A file without
    `student_id` belongs to the task; others are seen by who teaches once they are handed in.
    """

    id: UUID
    task_id: UUID
    student_id: UUID | None
    state: VersionState
    refusal: Literal["missing", "too_large", "wrong_checksum", "wrong_type", "gave_up"] | None
    file_name: str
    content_type: str
    size: int
    sha256: str | None
    asked_at: datetime
    handed_in_at: datetime | None


class WorkFileAsked(WorkFileOut):
    """A new file and where it goes."""

    upload: UploadOut


class TakeWorkFile(Job):
    """Look at an upload, and keep or refuse it."""

    type: ClassVar[str] = "session.work_files.take"

    file_id: UUID


class ClearWorkFile(Job):
    """Take away what is left of a file that is gone."""

    type: ClassVar[str] = "session.work_files.clear"

    file_id: UUID


class SweepWorkFiles(Job):
    """Finish what crashes and forgetful clients have left."""

    type: ClassVar[str] = "session.work_files.sweep"
