"""What is written as iCalendar, read back by another parser (X-A4)."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs import zones
from session_service.calendars import ical
from session_service.calendars.ical import Course, Held
from session_service.series import recurrence
from tests.session_service.calendars.reading import Seen, occurrences, read

BERLIN = "Europe/Berlin"
NOW = datetime(2026, 10, 1, tzinfo=UTC)
ID = UUID("01900000-0000-7000-8000-000000000001")


def wall(text: str) -> datetime:
    return datetime.fromisoformat(text)


def course(
    start: str, rule: str | None, until: str, zone: str = BERLIN, minutes: int = 50
) -> Course:
    """A series with all its lessons up to a wall time."""
    parsed = recurrence.read(rule, zone) if rule else None
    places = recurrence.unroll(parsed, wall(start), zone, wall(until)).places
    lessons = [
        Held(place, place, zone, minutes, "Algebra", "", cancelled=False, sequence=0, own=False)
        for place in places
    ]
    return Course(
        ID, "Maths, and more; always", "Algebra", "", zone, rule, minutes, NOW, 0, places, lessons
    )


def shown(*courses: Course) -> str:
    return ical.write(courses, "StudyZed", NOW).decode()


def changed(made: Course, number: int, **changes: object) -> Course:
    """With something set for one lesson alone."""
    lessons = list(made.lessons)
    lessons[number] = replace(lessons[number], sequence=1, **changes)  # type: ignore[arg-type]
    return replace(made, lessons=lessons)


def starts(text: str, first: str, last: str) -> list[str]:
    found = occurrences(text, wall(first).replace(tzinfo=UTC), wall(last).replace(tzinfo=UTC))
    return [f"{one.start:%m-%d %H:%MZ}" for one in found]


def test_x_a4_a_weekly_lesson_across_the_clock_change() -> None:
    weekly = course("2026-10-19T17:00", "FREQ=WEEKLY;BYDAY=MO", "2026-12-31T00:00")
    assert starts(shown(weekly), "2026-10-01", "2026-11-03") == [
        "10-19 15:00Z", "10-26 16:00Z", "11-02 16:00Z",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("start", "instant"), [("2026-03-29T02:30", "01:30Z"), ("2026-10-25T02:30", "00:30Z")]
)
def test_x_a4_times_that_a_clock_skips_or_shows_twice(start: str, instant: str) -> None:
    made = course(start, "FREQ=YEARLY;COUNT=2", "2028-01-01T00:00")
    day = wall(start)
    assert starts(shown(made), f"{day:%Y-%m-%d}", f"{day + timedelta(days=1):%Y-%m-%d}") == [
        f"{day:%m-%d} {instant}"
    ]


def test_x_a4_a_lesson_that_moves_keeps_its_identity() -> None:
    made = course("2026-10-19T17:00", "FREQ=WEEKLY;BYDAY=MO", "2026-12-31T00:00")
    moved = changed(made, 1, local_start=wall("2026-10-27T09:15"), own=True, title="Moved")
    text = shown(moved)
    assert starts(text, "2026-10-01", "2026-11-03") == [
        "10-19 15:00Z", "10-27 08:15Z", "11-02 16:00Z",
    ]  # fmt: skip
    master, own = read(text).contents["vevent"]
    assert master.uid.value == own.uid.value == str(ID)
    assert (master.sequence.value, own.sequence.value) == ("0", "1")
    assert own.recurrence_id.value.astimezone(UTC) == datetime(2026, 10, 26, 16, tzinfo=UTC)
    assert own.summary.value == "Maths, and more; always: Moved"


def test_x_a4_what_is_called_off_stays_as_cancelled() -> None:
    made = course("2026-10-19T17:00", "FREQ=WEEKLY;BYDAY=MO", "2026-12-31T00:00")
    text = shown(changed(made, 1, cancelled=True))
    span = datetime(2026, 10, 1, tzinfo=UTC), datetime(2026, 11, 3, tzinfo=UTC)
    assert [one.status for one in occurrences(text, *span)] == [
        "CONFIRMED", "CANCELLED", "CONFIRMED",
    ]  # fmt: skip


def test_x_a4_places_without_a_lesson_and_lessons_without_a_place() -> None:
    made = course("2026-10-19T17:00", "FREQ=WEEKLY;BYDAY=MO", "2026-11-30T00:00")
    gone = replace(made, lessons=[*made.lessons[:1], *made.lessons[2:]])
    extra = replace(made.lessons[0], place=wall("2026-10-21T17:00"))
    extra = replace(extra, local_start=extra.place)
    added = replace(gone, lessons=sorted([*gone.lessons, extra], key=lambda one: one.place))
    assert starts(shown(added), "2026-10-01", "2026-11-03") == [
        "10-19 15:00Z", "10-21 15:00Z", "11-02 16:00Z",
    ]  # fmt: skip


def test_x_a4_a_lesson_alone_has_the_same_uid_as_in_the_feed() -> None:
    made = course("2026-10-19T17:00", "FREQ=WEEKLY;BYDAY=MO", "2026-12-31T00:00")
    one = ical.write_one(made, wall("2026-10-26T17:00"), NOW).decode()
    [event] = read(one).contents["vevent"]
    assert event.uid.value == str(ID)
    assert event.recurrence_id.value == event.dtstart.value
    assert starts(one, "2026-10-01", "2026-11-03") == ["10-26 16:00Z"]
    single = course("2026-10-19T17:00", None, "2026-12-31T00:00")
    [event] = read(shown(single)).contents["vevent"]
    assert "recurrence-id" not in event.contents


def test_x_a4_each_zone_is_defined_once() -> None:
    first = course("2026-10-19T17:00", "FREQ=WEEKLY", "2026-12-31T00:00")
    second = replace(first, id=UUID(int=2))
    moved = changed(second, 1, local_start=wall("2026-10-27T09:15"), zone="Asia/Kolkata", own=True)
    text = shown(first, moved)
    assert text.count("BEGIN:VTIMEZONE") == 2
    assert text.count("TZID:Europe/Berlin\r\n") == text.count("TZID:Asia/Kolkata\r\n") == 1
    assert all(len(line.encode()) <= 75 for line in text.split("\r\n"))
    assert "TZID" not in shown(course("2026-10-19T17:00", None, "2027-01-01T00:00", "UTC"))


ZONES = (
    "UTC", BERLIN, "Asia/Kolkata", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu",
    "America/Sao_Paulo", "Pacific/Chatham", "Africa/Casablanca", "America/St_Johns",
)  # fmt: skip
STARTS = [wall("2026-03-01T00:00"), wall("2026-03-20T00:00"), wall("2026-10-18T00:00")]
RULES = ["FREQ=DAILY;COUNT=40", "FREQ=WEEKLY", "FREQ=WEEKLY;BYDAY=MO,SU;UNTIL=20261120T120000Z",
         "FREQ=MONTHLY;BYDAY=-1SU", "FREQ=DAILY;INTERVAL=3"]  # fmt: skip


@given(
    zone=st.sampled_from(ZONES),
    rule=st.sampled_from(RULES),
    day=st.sampled_from(STARTS),
    minute=st.integers(0, 24 * 4 - 1),
    minutes=st.sampled_from([30, 60, 180]),
)
def test_x_a4_any_series_in_any_zone_is_read_back_as_it_is(
    zone: str, rule: str, day: datetime, minute: int, minutes: int
) -> None:
    """The instants of the calendar are ours, over both changes of the clock."""
    start = day + timedelta(minutes=15 * minute)
    made = course(start.isoformat(), rule, "2027-02-01T00:00", zone, minutes)
    first, last = datetime(2026, 2, 1, tzinfo=UTC), datetime(2026, 12, 24, tzinfo=UTC)
    ours = [
        Seen(at, at + timedelta(minutes=minutes), f"{made.class_name}: Algebra", "CONFIRMED")
        for at in (zones.to_instant(place, zone) for place in made.places)
        if first <= at < last
    ]
    assert occurrences(shown(made), first, last) == sorted(ours)
