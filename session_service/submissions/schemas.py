"""What clients send and get about submissions and drafts of them."""

from datetime import datetime
from typing import Annotated, Self
from uuid import UUID

from pydantic import Field, StringConstraints, model_validator

from libs.schemas import PLAIN, Instant, LongText, Schema

MOST_FILES = 20
MOST_VERSIONS = 200
"""Of one student's work on one task."""
Body = Annotated[str, StringConstraints(max_length=20_000, pattern=PLAIN)]
Files = Annotated[list[UUID], Field(max_length=MOST_FILES)]


class SubmissionCreate(Schema):
    """One version of the work: a text, files that were uploaded for the task, or both; or what is
    saved as a draft, by its revision. `client_at` is the device's time, kept as a note: what counts
    is when the work is received.
    """

    body: (
        Annotated[str, StringConstraints(min_length=1, max_length=20_000, pattern=PLAIN)] | None
    ) = None
    file_ids: Files = Field(default_factory=list)
    draft_revision: Annotated[int, Field(ge=1)] | None = None
    client_at: Instant | None = None

    @model_validator(mode="after")
    def _one(self) -> Self:
        written = self.body is not None or bool(self.file_ids)
        if written is (self.draft_revision is not None):
            raise ValueError("either body and file_ids, or draft_revision")
        return self


class SubmissionOut(Schema):
    """A version as its student and the tutor see it; `number` counts from 1. `days_late` are the
    started days after the grace, 0 when it is on time. `changed_since_graded` says that an older
    version has a mark, and this one has none.
    """

    id: UUID
    task_id: UUID
    student_id: UUID
    student_code: str
    number: int
    body: str
    file_ids: list[UUID] = Field(default_factory=list)
    received_at: datetime
    client_at: datetime | None = None
    days_late: int = 0
    changed_since_graded: bool = False
    returned_at: datetime | None = None
    return_note: str = ""


class ReturnCreate(Schema):
    """What is to be done again."""

    note: LongText = ""


class DraftSave(Schema):
    """What a device has of the work on a task."""

    body: Body = ""
    file_ids: Files = Field(default_factory=list)


class DraftOut(Schema):
    """What is saved of a student's work on a task, and nobody else sees; revision 0 is that of a
    draft that was never saved.
    """

    task_id: UUID
    body: str
    file_ids: list[UUID]
    revision: int
    saved_at: datetime | None
