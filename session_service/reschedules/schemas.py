"""What clients send and get about requests for another time (S28)."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import StringConstraints

from libs.schemas import PLAIN, Schema
from session_service.bookings.schemas import When

Note = Annotated[str, StringConstraints(max_length=500, pattern=PLAIN)]


class RescheduleState(StrEnum):
    """Asked, answered, or taken back."""

    OPEN = "open"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"


class Outcome(StrEnum):
    """What an accepted request leads to: the lesson moves, or it is made up for later."""

    MOVED = "moved"
    CREDIT = "credit"


class RescheduleCreate(Schema):
    """Asks for another time for a lesson; without a proposal, for a make-up lesson."""

    proposed_at: When | None = None
    reason: Note = ""


class RescheduleAccept(Schema):
    """What is granted. Only a lesson of one student alone can be moved for that student."""

    outcome: Outcome
    note: Note = ""


class RescheduleDecline(Schema):
    """Why not."""

    note: Note = ""


class RescheduleOut(Schema):
    """A request as its student and the teachers see it."""

    id: UUID
    study_session_id: UUID
    lesson_id: UUID
    student_id: UUID
    proposed_at: datetime | None
    reason: str
    state: RescheduleState
    outcome: Outcome | None
    note: str
    created_at: datetime
    decided_at: datetime | None
    decided_by: UUID | None
