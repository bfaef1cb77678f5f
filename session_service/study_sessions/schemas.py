"""What clients send and get about classes."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID
from zoneinfo import available_timezones

from pydantic import AfterValidator

from libs.schemas import LongText, Schema, ShortText


def _known_zone(name: str) -> str:
    if name not in available_timezones():
        raise ValueError("not a zone of the IANA database; use a name such as Asia/Kolkata")
    return name


class State(StrEnum):
    """Where a class stands (S1). It becomes active when it is both paid for and approved."""

    PENDING = "pending"
    ACTIVE = "active"


class StudySessionCreate(Schema):
    """A class to be. Price, tutor and code come from the server."""

    name: ShortText
    description: LongText = ""
    zone: Annotated[str, AfterValidator(_known_zone)] = "UTC"


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
    created_at: datetime
