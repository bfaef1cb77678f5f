"""Lessons as iCalendar (RFC 5545), written by the library `icalendar`. Pure.

A series is one event that recurs in wall time of its zone, under a UID of its own for good; what
was set for one lesson alone is a second event under the same UID with the RECURRENCE-ID of the
place that the rule gave it (section 3.8.4.4). So a lesson that moves or is called off changes in
people's calendars, and never comes twice (S-A3).
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any
from uuid import UUID

from icalendar import Calendar, Component, Event, Timezone, vDatetime, vDuration, vRecur

from libs import zones

PRODUCT = "-//StudyZed//Lessons//EN"
REFRESH = timedelta(hours=1)
ZONE_YEARS = (-3, 6)
"""How many years around now a zone's definition covers."""


@dataclass(frozen=True, slots=True)
class Held:
    """One lesson. Wall times, `place` in the zone of its series; `own` when something was set for
    it alone.
    """

    place: datetime
    local_start: datetime
    zone: str
    minutes: int
    title: str
    description: str
    cancelled: bool
    sequence: int
    own: bool


@dataclass(frozen=True, slots=True)
class Course:
    """A series, its lessons in order of their places, and the `places` that its rule has had so
    far; without `rule` it has one lesson.
    """

    id: UUID
    class_name: str
    title: str
    description: str
    zone: str
    rule: str | None
    minutes: int
    created_at: datetime
    sequence: int
    places: Sequence[datetime]
    lessons: Sequence[Held]


def write(courses: Iterable[Course], name: str, now: datetime) -> bytes:
    """A calendar of these series. `now` only says which years its zones' definitions cover."""
    calendar = _calendar()
    calendar.add("x-wr-calname", name)
    calendar.add("refresh-interval", REFRESH, parameters={"value": "DURATION"})
    calendar.add("x-published-ttl", vDuration(REFRESH))
    return _filled(calendar, [event for course in courses for event in _events(course)], now)


def write_one(course: Course, place: datetime, now: datetime) -> bytes:
    """A calendar of one lesson: for people who take lessons one by one. The same UID as in the
    feed.
    """
    [lesson] = [one for one in course.lessons if one.place == place]
    event = _single(course, lesson)
    if course.rule is not None:
        event.add("recurrence-id", _wall(place, course.zone))
    return _filled(_calendar(), [event], now)


def uid(series_id: UUID) -> str:
    """The UID of a series, the same for good (RFC 7986, section 5.3: a UUID)."""
    return str(series_id)


def _calendar() -> Calendar:
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    return calendar


def _filled(calendar: Calendar, events: Sequence[Event], now: datetime) -> bytes:
    used = sorted({str(zone) for event in events for zone in _zones(event)} - {"UTC"})
    for zone in used:
        calendar.add_component(_definition(zone, now.year))
    for event in events:
        calendar.add_component(event)
    return bytes(calendar.to_ical())


def _zones(event: Component) -> Iterator[str]:
    for name in ("dtstart", "recurrence-id"):
        if name in event:
            value: Any = event[name]
            yield value.dt.tzinfo.key


@lru_cache(maxsize=256)
def _definition(zone: str, year: int) -> Component:
    """A zone's changes in the years around, each written out: many programs pass over RDATE here,
    by which the library repeats them. A change is dated by the clock before it (RFC 5545, section
    3.6.5), where the library has the clock after it when one is put forward.
    """
    first, last = (date(year + away, 1, 1) for away in ZONE_YEARS)
    found = Timezone.from_tzinfo(zones.get(zone), zone, first, last)
    changes = []
    for change in found.subcomponents:
        value: Any = change  # the library cannot say which kind of value a name has
        moved: timedelta = value["tzoffsetto"].td - value["tzoffsetfrom"].td
        others = value.pop("rdate", None)
        for at in [value["dtstart"].dt, *(one.dt for one in (others.dts if others else ()))]:
            one = change.copy()
            one["dtstart"] = vDatetime(at - max(moved, timedelta()))
            changes.append(one)
    found.subcomponents = sorted(changes, key=_start)
    return found


def _start(change: Any) -> datetime:
    found: datetime = change["dtstart"].dt
    return found


def _events(course: Course) -> Iterator[Event]:
    if course.rule is None:
        yield from (_single(course, lesson) for lesson in course.lessons)
        return
    yield _master(course, course.rule)
    for lesson in course.lessons:
        if lesson.own or lesson.cancelled or _skipped(lesson.local_start, lesson.zone):
            event = _single(course, lesson)
            event.add("recurrence-id", _wall(lesson.place, course.zone))
            yield event


def _master(course: Course, rule: str) -> Event:
    event = _event(course, course.title, course.description, course.sequence)
    start = min([*course.places, *(one.place for one in course.lessons)])
    event.add("dtstart", _wall(start, course.zone))
    event.add("duration", timedelta(minutes=course.minutes))
    event.add("rrule", vRecur.from_ical(rule))
    event.add("status", "CONFIRMED")
    held = {lesson.place for lesson in course.lessons}
    ruled = set(course.places)
    if left_out := sorted(ruled - held):
        event.add("exdate", [_wall(place, course.zone) for place in left_out])
    if added := sorted(held - ruled):
        event.add("rdate", [_wall(place, course.zone) for place in added])
    return event


def _single(course: Course, lesson: Held) -> Event:
    event = _event(course, lesson.title, lesson.description, lesson.sequence)
    event.add("dtstart", _wall(_real(lesson.local_start, lesson.zone), lesson.zone))
    event.add("duration", timedelta(minutes=lesson.minutes))
    event.add("status", "CANCELLED" if lesson.cancelled else "CONFIRMED")
    return event


def _event(course: Course, title: str, description: str, sequence: int) -> Event:
    event = Event()
    event.add("uid", uid(course.id))
    event.add("dtstamp", course.created_at)
    event.add("sequence", sequence)
    event.add("summary", f"{course.class_name}: {title}")
    if description:
        event.add("description", description)
    return event


def _wall(local: datetime, zone: str) -> datetime:
    """The same wall time with its zone; of one that comes twice the first, as everywhere."""
    return local.replace(tzinfo=zones.get(zone), fold=0)


def _skipped(local: datetime, zone: str) -> bool:
    """Whether the clock skips a wall time. Programs differ in what they make of one."""
    return _real(local, zone) != local


def _real(local: datetime, zone: str) -> datetime:
    return zones.to_wall(zones.to_instant(local, zone), zone)
