"""What clients send and get about lessons."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, Field, NaiveDatetime, WithJsonSchema

from libs.schemas import LongText, Schema, ShortText
from session_service.study_sessions.schemas import Zone

YEARS = range(2000, 2200)
LONGEST_MINUTES = 24 * 60


def _usable(local: datetime) -> datetime:
    if local.year not in YEARS:
        raise ValueError(f"not a year from {YEARS[0]} to {YEARS[-1]}")
    if local.second or local.microsecond:
        raise ValueError("a lesson starts at a whole minute")
    return local


LocalStart = Annotated[NaiveDatetime, AfterValidator(_usable)]
"""Wall time without an offset, such as `2026-10-19T17:00`; the zone stands beside it."""
WallTime = Annotated[
    datetime,
    WithJsonSchema({"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$"}),
]
"""Wall time as it is shown: no instant, so it has no offset and is no `date-time` (RFC 3339)."""
Minutes = Annotated[int, Field(ge=5, le=LONGEST_MINUTES)]


class LessonState(StrEnum):
    """To be held (or held); called off; or left out by a later rule of its series, and kept only
    for what hangs on it.
    """

    SCHEDULED = "scheduled"
    CANCELLED = "cancelled"
    DROPPED = "dropped"


class LessonUpdate(Schema):
    """A change of one lesson: what is not named stays. `local_start` is wall time in `zone`."""

    title: ShortText | None = None
    description: LongText | None = None
    local_start: LocalStart | None = None
    zone: Zone | None = None
    minutes: Minutes | None = None
    refuse_conflicts: bool = False


class LessonOut(Schema):
    """A lesson as its people see it.

    `recurrence_id` is the local time at which the series places it, and with `series_id` its
    identity in calendars, also after it was moved; `local_start` is the local time at which it is
    held, in `zone`. `holiday_id` names the holiday that cancels it. A lesson that a student has
    booked names both people in `teacher_id` and `student_id`; others are the whole class's.
    """

    id: UUID
    series_id: UUID
    study_session_id: UUID
    teacher_id: UUID | None
    student_id: UUID | None
    recurrence_id: WallTime
    title: str
    description: str
    local_start: WallTime
    zone: str
    starts_at: datetime
    ends_at: datetime
    state: LessonState
    holiday_id: UUID | None
    moved: bool
    sequence: int


class ConflictOut(Schema):
    """What else there is at a lesson's time: `lesson_ids` are those that the caller teaches,
    `teacher_lessons` counts those of all the class's tutors, `students` those of the class's
    students who have a lesson in another class.
    """

    id: UUID
    starts_at: datetime
    ends_at: datetime
    lesson_ids: list[UUID]
    teacher_lessons: int
    students: int


class LessonChangedOut(Schema):
    """A lesson after a change, and what overlaps it."""

    lesson: LessonOut
    conflicts: list[ConflictOut]
