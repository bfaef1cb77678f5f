"""What clients send and get about make-up credits (S28)."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field, StringConstraints

from libs.schemas import PLAIN, Schema

MAX_DAYS = 365
Days = Annotated[int, Field(ge=1, le=MAX_DAYS)]
Note = Annotated[str, StringConstraints(max_length=500, pattern=PLAIN)]


class CreditCreate(Schema):
    """Gives a student of the class one lesson to make up for another; good for `days`."""

    student_id: UUID
    lesson_id: UUID | None = None
    reason: Note = ""
    days: Days = 90


class CreditOut(Schema):
    """One make-up lesson that a student may book: good until `expires_at`, once."""

    id: UUID
    study_session_id: UUID
    student_id: UUID
    lesson_id: UUID | None
    reason: str
    granted_by: UUID
    granted_at: datetime
    expires_at: datetime
    booking_id: UUID | None
    revoked_at: datetime | None
