"""What clients send and get about classes."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, Field

from libs import zones
from libs.schemas import LongText, Schema, ShortText


def _known_zone(name: str) -> str:
    if name not in zones.names():
        raise ValueError("not a zone of the IANA database; use a name such as Asia/Kolkata")
    return name


MOST_SEATS = 10_000
Minutes = Annotated[int, Field(ge=0, le=240)]
Zone = Annotated[str, Field(max_length=64), AfterValidator(_known_zone)]
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


class PauseCause(StrEnum):
    """Why a class is paused: its owner wishes it, is blocked, or is about to be erased."""

    OWNER = "owner"
    BLOCKED = "blocked"
    LEAVING = "leaving"


class StudySessionCreate(Schema):
    """A class to be. Price, tutor and code come from the server."""

    name: ShortText
    description: LongText = ""
    zone: Zone = "UTC"
    draft: Annotated[
        bool, Field(description="Keep it to yourself until it is handed in by `/submission`.")
    ] = False


class StudySessionUpdate(Schema):
    """What is to change; what is not named, or null, stays. But `capacity: null` takes the limit
    away.
    """

    name: ShortText | None = None
    description: LongText | None = None
    zone: Zone | None = None
    capacity: Annotated[int | None, Field(ge=1, le=MOST_SEATS)] = None
    admission: Admission | None = None
    attendance_percent: Annotated[int | None, Field(ge=1, le=100)] = None
    late_minutes: Minutes | None = None
    early_minutes: Minutes | None = None


class ImageOut(Schema):
    """Addresses of a square image, by the length of its edge in pixels. They change with the
    image, and may be kept for as long as one likes.
    """

    large: str = Field(description="512 pixels")
    small: str = Field(description="96 pixels")
    alt: str


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
    paused_at: datetime | None = Field(
        description="Since when nobody joins and nothing new is set; null unless paused."
    )
    capacity: int | None = Field(description="Seats; null for no limit.")
    admission: Admission
    attendance_percent: int = Field(
        description="How much of a lesson's time one must be there to count as present."
    )
    late_minutes: int = Field(description="From so many minutes after its start on one is late.")
    early_minutes: int = Field(
        description="Up to so many minutes before its end one has left early."
    )
    image: ImageOut | None
    created_at: datetime
