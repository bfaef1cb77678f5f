"""From places to lessons. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from libs import zones
from libs.ids import new_id
from session_service.holidays.models import ClassHoliday, covering
from session_service.lessons.models import Lesson, Series
from session_service.lessons.schemas import LessonState


def make(
    series: Series, places: Iterable[datetime], holidays: Sequence[ClassHoliday]
) -> list[Lesson]:
    """New lessons of a series at these places, in order; those on holidays are cancelled.

    A zone may leave out a whole day (Apia had no 30 December 2011): its lesson would be held at the
    instant of the next day's, and is not made (RFC 5545, section 3.8.5.3: an instance counts once).
    """
    made, last = [], None
    for place in places:
        starts_at = zones.to_instant(place, series.zone)
        if last is None or starts_at > last:
            made.append(_lesson(series, place, starts_at, holidays))
        last = starts_at
    return made


def _lesson(
    series: Series, place: datetime, starts_at: datetime, holidays: Sequence[ClassHoliday]
) -> Lesson:
    holiday_id = covering(holidays, place.date())
    return Lesson(
        id=new_id(),
        series_id=series.id,
        study_session_id=series.study_session_id,
        recurrence_id=place,
        title=series.title,
        description=series.description,
        local_start=place,
        zone=series.zone,
        starts_at=starts_at,
        ends_at=starts_at + timedelta(minutes=series.minutes),
        state=(LessonState.CANCELLED if holiday_id else LessonState.SCHEDULED).value,
        holiday_id=holiday_id,
        moved=False,
        reworded=False,
        hours_checked_at=None,
        sequence=0,
        revision=1,
    )


def settle(
    lesson: Lesson, series: Series, place: datetime, holidays: Sequence[ClassHoliday],
    fresh: Mapping[str, bool],
) -> bool:  # fmt: skip
    """Gives a lesson its place in a changed series. Its own time and words, if it has any, stay,
    unless `fresh` says that `times` or `words` are set anew. Returns whether anything changed.
    """
    before = _seen(lesson)
    lesson.series_id, lesson.recurrence_id = series.id, place
    if fresh["times"] or not lesson.moved:
        old_start, lesson.moved = lesson.local_start, False
        lesson.place(place, series.zone, series.minutes)
        if old_start != place:
            _observe(lesson, holidays)
    if fresh["words"] or not lesson.reworded:
        lesson.title, lesson.description, lesson.reworded = series.title, series.description, False
    if before == _seen(lesson):
        return False
    lesson.note_change()
    return True


def _observe(lesson: Lesson, holidays: Sequence[ClassHoliday]) -> None:
    if lesson.state == LessonState.CANCELLED and lesson.holiday_id is None:
        return  # somebody cancelled it
    lesson.holiday_id = covering(holidays, lesson.local_start.date())
    state = LessonState.CANCELLED if lesson.holiday_id else LessonState.SCHEDULED
    lesson.state = state.value


def _seen(lesson: Lesson) -> tuple[object, ...]:
    return (
        lesson.series_id, lesson.recurrence_id, lesson.title, lesson.description,
        lesson.starts_at, lesson.ends_at, lesson.zone, lesson.state,
    )  # fmt: skip
