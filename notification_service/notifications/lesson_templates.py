"""What notifications about lessons are about; see `templates`. All times are the reader's."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import ClassVar
from uuid import UUID

from notification_service.notifications.templates import Template


class _OfLessons(Template):
    study_session_id: UUID
    session_code: str


class _AtATime(_OfLessons):
    moments: ClassVar[Mapping[str, str]] = {"start": "starts_at"}

    starts_at: datetime


class _OfLesson(_AtATime):
    lesson_id: UUID


class LessonSet(_OfLesson):
    """To everybody in a class but who did it, as the following."""

    kind: ClassVar[str] = "lesson_set"


class LessonPostponed(_OfLesson):
    """Moved to another time, later or earlier."""

    kind: ClassVar[str] = "lesson_postponed"
    moments: ClassVar[Mapping[str, str]] = {"start": "starts_at", "before": "old_starts_at"}

    old_starts_at: datetime


class LessonOff(_OfLesson):
    """Cancelled."""

    kind: ClassVar[str] = "lesson_off"


class _OfSeries(_AtATime):
    series_id: UUID


class SeriesSet(_OfSeries):
    """Many lessons, of which the first begins at `starts_at`."""

    kind: ClassVar[str] = "series_set"


class SeriesAltered(_OfSeries):
    """Other times from a lesson on."""

    kind: ClassVar[str] = "series_altered"


class SeriesOff(_OfSeries):
    """Cancelled from a lesson on."""

    kind: ClassVar[str] = "series_off"


class SeriesElsewhen(_OfSeries):
    """Other instants, since the law of a zone has changed."""

    kind: ClassVar[str] = "series_elsewhen"


class _OfHolidays(_OfLessons):
    first_on: date
    last_on: date


class HolidaysSet(_OfHolidays):
    """Days without lessons, perhaps not all from the first to the last."""

    kind: ClassVar[str] = "holidays_set"


class HolidayLifted(_OfHolidays):
    """Days with lessons after all."""

    kind: ClassVar[str] = "holiday_lifted"


class HourShifts(_OfLesson):
    """To the people of a zone, the week before a lesson that is at another hour there."""

    kind: ClassVar[str] = "hour_shifts"
    moments: ClassVar[Mapping[str, str]] = {"start": "starts_at", "before": "previous_at"}

    previous_at: datetime
