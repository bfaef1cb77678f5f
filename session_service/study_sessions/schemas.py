"""What clients send and get about classes."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID
from zoneinfo import available_timezones

from pydantic import AfterValidator, Field

from libs.schemas import LongText, Schema, ShortText


def _known_zone(name: str) -> str:
    if name not in available_timezones():
        raise ValueError("not a zone of the IANA database; use a name such as Asia/Kolkata")
    return name


Zone = Annotated[str, AfterValidator(_known_zone)]
"""A zone's name in the IANA database."""


class State(StrEnum):
    """Where a class stands (S1); `models.TRANSITIONS` says how it goes from one to the next.

    - draft: its tutor's alone, announced to nobody;
    - pending: waits for payment and for an admin's approval, in either order;
    - active: both are there, students join and work;
    - suspended: rests until it is restored;
    - rejected: refused by an admin, for good;
    - ended: over, but readable;
    - archived: ended and put away.
    """

    DRAFT = "draft"
    PENDING = "pending"
    ACTIVE = "active"
    SUSPENDED = "suspended"
    REJECTED = "rejected"
    ENDED = "ended"
    ARCHIVED = "archived"


class Admission(StrEnum):
    """Whether those who ask to join wait for a tutor's approval, or are let in at once."""

    APPROVE = "approve"
    OPEN = "open"


class StudySessionCreate(Schema):
    """A class to be. Price, tutor and code come from the server."""

    name: ShortText
    description: LongText = ""
    zone: Zone = "UTC"
    draft: Annotated[
        bool, Field(description="Keep it to yourself until it is handed in by `/submission`.")
    ] = False


class StudySessionOut(Schema):
    """A class as its people see it."""

    id: UUID
    session_code: str
    name: str
    description: str
    zone: str
    tutor_id: UUID
    state: State
    paid_at: datetime | None
    approved_at: datetime | None
    rejected_at: datetime | None
    rejection_reason: str = Field(description="An admin's words; empty unless rejected.")
    ended_at: datetime | None
    created_at: datetime
