"""What clients send and get about availability, slots and bookings."""

import re
from datetime import date, datetime, time
from enum import StrEnum
from itertools import pairwise
from typing import Annotated, Self
from uuid import UUID

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    StringConstraints,
    WithJsonSchema,
    model_validator,
)

from libs.schemas import PLAIN, Instant, Schema
from session_service.lessons.schemas import YEARS
from session_service.study_sessions.schemas import Zone

Note = Annotated[str, StringConstraints(max_length=500, pattern=PLAIN)]


def _usable(at: datetime) -> datetime:
    if at.year not in YEARS:
        raise ValueError(f"not a year from {YEARS[0]} to {YEARS[-1]}")
    return at


When = Annotated[Instant, AfterValidator(_usable)]
"""An instant with room for buffers before and after."""


WALL_TIME = "^([01][0-9]|2[0-3]):[0-5][0-9](:00)?$"


def _of_whole_minutes(value: object) -> object:
    if isinstance(value, time) or (isinstance(value, str) and re.fullmatch(WALL_TIME, value)):
        return value
    raise ValueError("not a wall time in whole minutes, such as 17:30")


WallTime = Annotated[
    time,
    BeforeValidator(_of_whole_minutes),
    WithJsonSchema({"type": "string", "pattern": WALL_TIME, "examples": ["17:30:00"]}),
]
"""A time of day without a zone; the format `time` of JSON Schema would demand one (RFC 3339)."""


class Weekday(StrEnum):
    """A day of the week, as RFC 5545 (section 3.3.10) writes it."""

    MONDAY = "MO"
    TUESDAY = "TU"
    WEDNESDAY = "WE"
    THURSDAY = "TH"
    FRIDAY = "FR"
    SATURDAY = "SA"
    SUNDAY = "SU"


WEEK = tuple(Weekday)


class Window(Schema):
    """Hours of one weekday, in wall time of the availability's zone. `end` 00:00 is midnight at
    the day's end.
    """

    weekday: Weekday
    start: WallTime
    end: WallTime

    @property
    def minutes(self) -> tuple[int, int]:
        """Start and end in minutes since the day's midnight."""
        end = self.end.hour * 60 + self.end.minute
        return self.start.hour * 60 + self.start.minute, end or 24 * 60

    @model_validator(mode="after")
    def _check(self) -> Self:
        start, end = self.minutes
        if start >= end:
            raise ValueError("a window ends after it starts, on the same day")
        return self


class AvailabilityUpdate(Schema):
    """When a tutor can be booked. Lengths are in minutes; `notice_minutes` is how long before its
    start a slot can still be booked or cancelled by a student; `buffer_minutes` stay free before
    and after everything.
    """

    zone: Zone
    slot_minutes: Annotated[int, Field(ge=10, le=480)]
    buffer_minutes: Annotated[int, Field(ge=0, le=240)] = 0
    notice_minutes: Annotated[int, Field(ge=0, le=30 * 24 * 60)] = 12 * 60
    horizon_days: Annotated[int, Field(ge=1, le=180)] = 28
    needs_credit: bool = False
    windows: Annotated[list[Window], Field(max_length=50)]
    days_off: Annotated[list[date], Field(default_factory=list, max_length=366)]

    @model_validator(mode="after")
    def _check(self) -> Self:
        spans = sorted((WEEK.index(one.weekday), *one.minutes) for one in self.windows)
        for before, after in pairwise(spans):
            if before[0] == after[0] and after[1] < before[2]:
                raise ValueError(f"two windows of {WEEK[before[0]]} overlap")
        if any(end - start < self.slot_minutes for _, start, end in spans):
            raise ValueError("a window is shorter than one slot")
        return self


class AvailabilityOut(AvailabilityUpdate):
    """A tutor's availability."""

    tutor_id: UUID


class Slot(Schema):
    """A time that can be booked."""

    starts_at: datetime
    ends_at: datetime


class Slots(Schema):
    """Free times, earliest first. `zone` is the tutor's; the instants are in UTC."""

    tutor_id: UUID
    zone: str
    needs_credit: bool
    items: list[Slot]


class BookingCreate(Schema):
    """Books a slot of a teacher of the class, by default of its owner."""

    starts_at: When
    tutor_id: UUID | None = None
    credit_id: UUID | None = None
    note: Note = ""


class BookingCancel(Schema):
    """Why a booking is called off."""

    reason: Note = ""


class BookingMove(Schema):
    """When a booked lesson is held instead."""

    starts_at: When


class BookingState(StrEnum):
    """Stands, or called off."""

    BOOKED = "booked"
    CANCELLED = "cancelled"


class BookingOut(Schema):
    """A booked lesson between one student and one teacher."""

    id: UUID
    study_session_id: UUID
    lesson_id: UUID
    tutor_id: UUID
    student_id: UUID
    student_code: str
    state: BookingState
    starts_at: datetime
    ends_at: datetime
    note: str
    credit_id: UUID | None
    created_at: datetime
    cancelled_at: datetime | None
    cancelled_by: UUID | None
    reason: str
