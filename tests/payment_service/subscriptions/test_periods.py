"""The arithmetic of periods, without a database (P-A7, P10)."""

import calendar
from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs import zones
from payment_service.subscriptions.periods import (
    Anchor,
    Dates,
    add_months,
    local_date,
    midnight,
    notice_at,
)

DATES = st.dates(date(2026, 1, 1), date(2090, 12, 31))
ZONES = st.sampled_from(sorted(zones.names()))
MONTHS = st.integers(1, 24)


def test_p_a7_monthly_from_31_january_never_drifts_to_28() -> None:
    start = date(2026, 1, 31)
    assert [Anchor(start, months).ends_on() for months in range(1, 6)] == [
        date(2026, 2, 28), date(2026, 3, 31), date(2026, 4, 30), date(2026, 5, 31),
        date(2026, 6, 30),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("start", "months", "end"),
    [
        ("2028-01-30", 1, "2028-02-29"),
        ("2027-12-31", 2, "2028-02-29"),
        ("2028-02-29", 12, "2029-02-28"),
        ("2028-02-29", 48, "2032-02-29"),
        ("2026-08-31", 6, "2027-02-28"),
        ("2026-12-15", 1, "2027-01-15"),
        ("2026-11-30", 3, "2027-02-28"),
    ],
)
def test_p_a7_ends_by_the_calendar(start: str, months: int, end: str) -> None:
    assert Anchor(date.fromisoformat(start), months).ends_on() == date.fromisoformat(end)


@given(start=DATES, paid=st.lists(MONTHS, min_size=1, max_size=12))
def test_p_a7_the_anchor_day_is_kept_however_it_is_paid(start: date, paid: list[int]) -> None:
    total, ends = 0, [start]
    for months in paid:
        total += months
        ends.append(Anchor(start, total).ends_on())
    whole = start.year * 12 + start.month - 1 + sum(paid)
    year, month = divmod(whole, 12)
    last = calendar.monthrange(year, month + 1)[1]
    assert ends[-1] == date(year, month + 1, min(start.day, last))
    assert ends == sorted(set(ends))
    shortest = [28 * months for months in paid]
    assert all(
        (later - earlier).days >= least
        for earlier, later, least in zip(ends, ends[1:], shortest, strict=False)
    )


@given(start=DATES, first=MONTHS, then=MONTHS)
def test_p_a7_a_step_from_a_clipped_day_would_lose_it(start: date, first: int, then: int) -> None:
    """Why the end is reckoned from the anchor: from end to end it is never later, and may drift."""
    assert add_months(add_months(start, first), then) <= add_months(start, first + then)


@given(start=DATES, months=MONTHS, kept=st.integers(0, 400 * 86_400))
def test_p_a7_kept_time_is_never_lost_and_at_most_a_day_is_given(
    start: date, months: int, kept: int
) -> None:
    moved = Anchor(start, months, kept).ends_on() - Anchor(start, months).ends_on()
    assert timedelta(0) <= moved - timedelta(seconds=kept) < timedelta(days=1)


@given(day=DATES, zone=ZONES)
def test_p_a7_a_period_ends_at_a_local_midnight(day: date, zone: str) -> None:
    """Or at the first instant of a date whose midnight the clocks skip."""
    instant = midnight(day, zone)
    wall = zones.to_wall(instant, zone)
    assert wall.date() == day == local_date(instant, zone)
    before = zones.to_wall(instant - timedelta(seconds=1), zone)
    assert before.date() < day
    assert wall.time() == time() or before.time() >= time(23, 59, 59)


def test_p_a7_midnight_by_example() -> None:
    assert midnight(date(2027, 2, 28), "Asia/Kolkata") == datetime(2027, 2, 27, 18, 30, tzinfo=UTC)
    # clocks go forward in Berlin on this day, at two
    assert midnight(date(2027, 3, 28), "Europe/Berlin") == datetime(2027, 3, 27, 23, tzinfo=UTC)
    assert midnight(date(2027, 3, 29), "Europe/Berlin") == datetime(2027, 3, 28, 22, tzinfo=UTC)
    # in Beirut they skip midnight itself: the day begins at one
    assert midnight(date(2027, 3, 28), "Asia/Beirut") == datetime(2027, 3, 27, 22, tzinfo=UTC)
    assert local_date(datetime(2027, 1, 30, 18, 30, tzinfo=UTC), "Asia/Kolkata") == date(
        2027, 1, 31
    )


def test_p_a8_what_follows_from_an_end() -> None:
    dates = Dates.of(date(2027, 2, 28), "Asia/Kolkata")
    days = [
        local_date(instant, "Asia/Kolkata")
        for instant in (
            dates.renewable_from, dates.ends_at, dates.suspends_at, dates.expires_at
        )
    ]  # fmt: skip
    assert days == [date(2027, 1, 29), date(2027, 2, 28), date(2027, 3, 7), date(2027, 4, 6)]
    assert notice_at(date(2027, 2, 28), -7, "Asia/Kolkata") == datetime(
        2027, 2, 21, 3, 30, tzinfo=UTC
    )


def test_p_a7_an_unknown_zone_is_refused() -> None:
    with pytest.raises(KeyError):
        midnight(date(2027, 2, 28), "IST")
