"""Events of session_service about lessons, their series and holidays. Ids and codes only."""

from datetime import date, datetime
from typing import ClassVar
from uuid import UUID

from libs.events.session import SessionEvent


class _Told(SessionEvent):
    """Base: something that the class's students hear of, and `told_ids` beside them: its owner,
    co-tutors, assistants and observers, without whoever did it.
    """

    told_ids: tuple[UUID, ...]


class LessonEvent(_Told):
    """Base: something happened to one lesson. Both times are instants in UTC."""

    key_field: ClassVar[str] = "lesson_id"

    lesson_id: UUID
    series_id: UUID
    tutor_id: UUID
    starts_at: datetime
    ends_at: datetime


class LessonScheduled(LessonEvent):
    """A lesson by itself will take place, perhaps after it was cancelled."""

    type: ClassVar[str] = "studyzed.lesson.scheduled"


class LessonMoved(LessonEvent):
    """A lesson will take place at another time; it began at `old_starts_at` before."""

    type: ClassVar[str] = "studyzed.lesson.moved"

    old_starts_at: datetime


class LessonCancelled(LessonEvent):
    """A lesson will not take place."""

    type: ClassVar[str] = "studyzed.lesson.cancelled"


class SeriesEvent(_Told):
    """Base: something happened to many lessons at once. `lesson_ids` are those, in their order;
    the first begins at `starts_at`.
    """

    key_field: ClassVar[str] = "series_id"

    series_id: UUID
    tutor_id: UUID
    lesson_ids: tuple[UUID, ...]
    starts_at: datetime


class SeriesScheduled(SeriesEvent):
    """A series of lessons was made."""

    type: ClassVar[str] = "studyzed.series.scheduled"


class SeriesChanged(SeriesEvent):
    """Lessons have other times or another rule; they are of another series now if `previous_id` is
    given. `dropped_ids` are those that the new rule leaves out.
    """

    type: ClassVar[str] = "studyzed.series.changed"

    previous_id: UUID | None
    dropped_ids: tuple[UUID, ...]


class SeriesEnded(SeriesEvent):
    """The lessons of a series are cancelled from one on, and no more will be made."""

    type: ClassVar[str] = "studyzed.series.ended"


class SeriesShifted(SeriesEvent):
    """Lessons have other instants at the same local time: their zone's law has changed."""

    type: ClassVar[str] = "studyzed.series.shifted"


class SeriesExtended(SeriesEvent):
    """Time has passed, and a series reaches further ahead. Nobody needs to be told."""

    type: ClassVar[str] = "studyzed.series.extended"


class HolidaysAdded(_Told):
    """A class does not meet on some days from `first_on` to `last_on`, which cancels lessons."""

    type: ClassVar[str] = "studyzed.holidays.added"

    holiday_ids: tuple[UUID, ...]
    lesson_ids: tuple[UUID, ...]
    first_on: date
    last_on: date


class HolidayRemoved(_Told):
    """A holiday was taken back: these lessons take place after all."""

    type: ClassVar[str] = "studyzed.holidays.removed"

    holiday_id: UUID
    lesson_ids: tuple[UUID, ...]
    first_on: date
    last_on: date


class LessonHourShifts(SessionEvent):
    """From a lesson of the coming week on, a class meets at another hour for some people, since
    clocks change where they are or where the class has its zone. Before, it was at `previous_at`.
    """

    type: ClassVar[str] = "studyzed.lesson.hour_shifts"
    key_field: ClassVar[str] = "lesson_id"

    lesson_id: UUID
    account_ids: tuple[UUID, ...]
    starts_at: datetime
    previous_at: datetime
