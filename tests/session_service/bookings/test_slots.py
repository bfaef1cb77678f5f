"""Which times are free, held against a slow reference that walks minute by minute."""

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs import zones
from session_service.bookings.schemas import WEEK, Weekday, Window
from session_service.bookings.slots import Plan, Span

MINUTE = timedelta(minutes=1)
BERLIN = "Europe/Berlin"


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def plan(**changes: object) -> Plan:
    """Mondays 17:00 to 19:00 in Berlin, in half hours."""
    window = Window(weekday=Weekday.MONDAY, start=time(17), end=time(19))
    values: dict[str, object] = {
        "zone": BERLIN,
        "slot": timedelta(minutes=30),
        "buffer": timedelta(0),
        "notice": timedelta(0),
        "horizon": timedelta(days=60),
        "windows": [window],
        "days_off": frozenset(),
    }
    return Plan(**(values | changes))  # type: ignore[arg-type]


def starts(found: list[Span]) -> list[str]:
    return [f"{one.start:%m-%d %H:%M}" for one in found]


def test_a_window_keeps_its_wall_time_across_a_clock_change() -> None:
    asked, now = Span(at("2026-10-17"), at("2026-10-28")), at("2026-10-01")
    assert starts(plan().free(asked, [], now)) == [
        "10-19 15:00", "10-19 15:30", "10-19 16:00", "10-19 16:30",
        "10-26 16:00", "10-26 16:30", "10-26 17:00", "10-26 17:30",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("day", "hours"), [(date(2026, 3, 29), 3), (date(2026, 10, 25), 5), (date(2026, 11, 1), 4)]
)
def test_a_slot_is_real_time_in_the_night_of_a_clock_change(day: date, hours: int) -> None:
    window = Window(weekday=Weekday.SUNDAY, start=time(1), end=time(5))
    found = plan(windows=[window], slot=timedelta(hours=1)).free(
        Span(at(f"{day}T00:00") - timedelta(hours=4), at(f"{day}T12:00")), [], at("2026-03-01")
        if day.month == 3 else at("2026-10-01"),
    )  # fmt: skip
    assert len(found) == hours
    assert all(one.end - one.start == timedelta(hours=1) for one in found)


def test_busy_times_keep_their_buffer_and_touching_is_allowed() -> None:
    asked, now = Span(at("2026-10-19"), at("2026-10-20")), at("2026-10-01")
    busy = [Span(at("2026-10-19T15:30"), at("2026-10-19T16:00"))]
    assert starts(plan().free(asked, busy, now)) == ["10-19 15:00", "10-19 16:00", "10-19 16:30"]
    kept = plan(buffer=timedelta(minutes=1)).free(asked, busy, now)
    assert starts(kept) == ["10-19 16:30"]


def test_days_off_notice_and_horizon() -> None:
    asked, now = Span(at("2026-10-12"), at("2026-11-12")), at("2026-10-12T15:10")
    off = plan(days_off=frozenset({date(2026, 10, 19)}), horizon=timedelta(days=14))
    assert starts(off.free(asked, [], now)) == ["10-12 15:30", "10-12 16:00", "10-12 16:30"]
    late = plan(notice=timedelta(minutes=21), horizon=timedelta(days=7))
    assert starts(late.free(asked, [], now)) == ["10-12 16:00", "10-12 16:30"]
    exactly = plan(notice=timedelta(minutes=20), horizon=timedelta(minutes=80))
    assert starts(exactly.free(asked, [], now)) == ["10-12 15:30", "10-12 16:00"]


def test_midnight_ends_a_day() -> None:
    window = Window(weekday=Weekday.MONDAY, start=time(23), end=time(0))
    asked, now = Span(at("2026-10-19"), at("2026-10-21")), at("2026-10-01")
    assert starts(plan(windows=[window]).free(asked, [], now)) == ["10-19 21:00", "10-19 21:30"]


ZONES = (
    "UTC", BERLIN, "Asia/Kolkata", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu",
    "America/Sao_Paulo", "Pacific/Chatham", "Africa/Casablanca", "America/St_Johns",
)  # fmt: skip
CHANGES = [at("2026-03-28"), at("2026-10-24"), at("2026-04-04"), at("2026-10-31"), at("2026-06-01")]


@st.composite
def windows(draw: st.DrawFn) -> Window:
    first = draw(st.integers(0, 23 * 4 + 2))
    last = draw(st.integers(first + 1, 24 * 4))
    end = time(last // 4 % 24, last % 4 * 15)
    return Window(
        weekday=draw(st.sampled_from(WEEK)), start=time(first // 4, first % 4 * 15), end=end
    )


@given(
    zone=st.sampled_from(ZONES),
    window=windows(),
    slot=st.sampled_from([15, 30, 45, 60]),
    buffer=st.sampled_from([0, 5, 30]),
    start=st.sampled_from(CHANGES),
    busy=st.lists(st.tuples(st.integers(0, 2 * 1440), st.integers(1, 180)), max_size=4),
    notice=st.sampled_from([0, 17, 300]),
)
def test_s27_free_slots_are_open_free_and_apart(
    zone: str, window: Window, slot: int, buffer: int, start: datetime,
    busy: list[tuple[int, int]], notice: int,
) -> None:  # fmt: skip
    """Every minute of a slot is within the window by a walk over wall clocks, and no slot is nearer
    than the buffer to what is busy; nothing else is left out.
    """
    asked = Span(start, start + timedelta(days=3))
    taken = [Span(start + a * MINUTE, start + (a + b) * MINUTE) for a, b in busy]
    chosen = plan(
        zone=zone, slot=slot * MINUTE, buffer=buffer * MINUTE, windows=[window],
        notice=notice * MINUTE,
    )  # fmt: skip
    found = chosen.free(asked, taken, start)
    opens, closes = window.minutes
    for one in found:
        assert one.end - one.start == slot * MINUTE
        assert start + notice * MINUTE <= one.start
        assert one.end <= asked.end
        for minute in range(slot):
            wall = zones.to_wall(one.start + minute * MINUTE, zone)
            assert WEEK[wall.weekday()] == window.weekday
            assert opens <= wall.hour * 60 + wall.minute < closes
        for other in taken:
            gap = max(one.start - other.end, other.start - one.end)
            assert gap >= buffer * MINUTE
    assert found == sorted(found, key=lambda one: one.start)
    assert all(a.end <= b.start for a, b in pairwise(found))
    free = chosen.free(asked, [], start)
    assert [one for one in free if one not in found] == [
        one
        for one in free
        if any(max(one.start - o.end, o.start - one.end) < buffer * MINUTE for o in taken)
    ]
