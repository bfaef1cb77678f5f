"""Rules of lessons: what is taken, and where they place lessons (S26, S-A2, X21)."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs import zones
from libs.ids import new_id
from session_service.lessons.models import Series
from session_service.series import expansion, recurrence
from session_service.series.recurrence import BadRule, Rule

BERLIN = "Europe/Berlin"
TEN_ZONES = (
    "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe",
    "America/Sao_Paulo", "Africa/Casablanca", "Pacific/Auckland", "Asia/Kathmandu",
    "America/St_Johns", "Pacific/Chatham",
)  # fmt: skip


def wall(text: str) -> datetime:
    return datetime.fromisoformat(text)


def walls(rule: str, start: str, to: str, zone: str = BERLIN) -> list[str]:
    found = recurrence.unroll(recurrence.read(rule, zone), wall(start), zone, wall(to))
    return [place.isoformat(" ", "minutes") for place in found.places]


@pytest.mark.parametrize(
    ("rule", "start", "expected"),
    [
        ("FREQ=WEEKLY;COUNT=3", "2026-10-19 17:00", ["10-19", "10-26", "11-02"]),
        ("FREQ=WEEKLY;BYDAY=MO,TH;COUNT=3", "2026-10-19 17:00", ["10-19", "10-22", "10-26"]),
        ("FREQ=WEEKLY;INTERVAL=2;COUNT=3", "2026-10-19 17:00", ["10-19", "11-02", "11-16"]),
        ("FREQ=DAILY;COUNT=3", "2026-10-24 02:30", ["10-24", "10-25", "10-26"]),
        ("FREQ=MONTHLY;COUNT=3", "2026-08-31 17:00", ["08-31", "10-31", "12-31"]),
        ("FREQ=MONTHLY;BYDAY=-1FR;COUNT=3", "2026-10-30 17:00", ["10-30", "11-27", "12-25"]),
        ("FREQ=MONTHLY;BYDAY=MO,FR;BYSETPOS=-1;COUNT=2", "2026-10-30 17:00", ["10-30", "11-30"]),
        ("FREQ=WEEKLY;UNTIL=20261102", "2026-10-19 17:00", ["10-19", "10-26", "11-02"]),
        ("FREQ=WEEKLY;UNTIL=20261102T160000Z", "2026-10-19 17:00", ["10-19", "10-26", "11-02"]),
        ("FREQ=WEEKLY;UNTIL=20261102T155959Z", "2026-10-19 17:00", ["10-19", "10-26"]),
        ("FREQ=WEEKLY;UNTIL=20261102T165959", "2026-10-19 17:00", ["10-19", "10-26"]),
        ("FREQ=YEARLY;BYMONTH=10;BYMONTHDAY=19", "2026-10-19 17:00", ["10-19"]),
    ],
)  # fmt: skip
def test_s26_rules_place_lessons(rule: str, start: str, expected: list[str]) -> None:
    found = walls(rule, start, "2026-12-31 23:59")
    assert found == [f"2026-{day} {start[11:]}" for day in expected]


@pytest.mark.parametrize(
    ("rule", "code"),
    [
        ("FREQ=HOURLY", "rule_too_often"),
        ("FREQ=SECONDLY;COUNT=5", "rule_too_often"),
        ("FREQ=DAILY;BYHOUR=9,10", "rule_too_often"),
        ("FREQ=DAILY;BYMINUTE=1", "rule_too_often"),
        ("FREQ=FORTNIGHTLY", "rule_unreadable"),
        ("", "rule_unreadable"),
        ("WEEKLY", "rule_unreadable"),
        ("FREQ=WEEKLY;;COUNT=2", "rule_unreadable"),
        ("FREQ=WEEKLY;COUNT=2;COUNT=3", "rule_unreadable"),
        ("FREQ=WEEKLY;COUNT=x", "rule_unreadable"),
        ("FREQ=WEEKLY;COUNT=2,3", "rule_unreadable"),
        ("FREQ=WEEKLY;COUNT=²", "rule_unreadable"),
        ("FREQ=WEEKLY;BYDAY=XX", "rule_unreadable"),
        ("FREQ=WEEKLY;UNTIL=tomorrow", "rule_unreadable"),
        ("FREQ=WEEKLY;WKST=XX", "rule_unreadable"),
        ("RRULE:FREQ=WEEKLY", "rule_part_unknown"),
        ("FREQ=YEARLY;BYYEARDAY=1", "rule_part_unknown"),
        ("FREQ=YEARLY;BYEASTER=1", "rule_part_unknown"),
        ("FREQ=WEEKLY;COUNT=0", "rule_out_of_range"),
        ("FREQ=WEEKLY;COUNT=1001", "rule_out_of_range"),
        ("FREQ=WEEKLY;INTERVAL=0", "rule_out_of_range"),
        ("FREQ=WEEKLY;INTERVAL=101", "rule_out_of_range"),
        ("FREQ=MONTHLY;BYMONTHDAY=32", "rule_out_of_range"),
        ("FREQ=MONTHLY;BYDAY=6MO", "rule_out_of_range"),
        ("FREQ=WEEKLY;UNTIL=99991231", "rule_out_of_range"),
        ("FREQ=WEEKLY;COUNT=2;UNTIL=20261231", "rule_ends_twice"),
        ("FREQ=WEEKLY;BYDAY=1MO", "rule_part_misplaced"),
        ("FREQ=DAILY;BYMONTHDAY=1", "rule_part_misplaced"),
        ("FREQ=MONTHLY;BYSETPOS=1", "rule_part_misplaced"),
    ],
)
def test_s26_what_is_no_rule_for_lessons_is_refused_by_a_code(rule: str, code: str) -> None:
    with pytest.raises(BadRule) as refused:
        recurrence.read(rule, BERLIN)
    assert refused.value.code == code


@pytest.mark.parametrize(
    "rule",
    [
        "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=MONTHLY;BYDAY=1MO;BYMONTHDAY=31",
        "FREQ=MONTHLY;BYDAY=MO;BYSETPOS=300",
        "FREQ=DAILY;INTERVAL=7;BYDAY=TU",
    ],
)
def test_s26_a_rule_without_lessons_ends_the_search(rule: str) -> None:
    found = recurrence.unroll(
        recurrence.read(rule, BERLIN), wall("2027-01-04 17:00"), BERLIN, wall("2028-01-01 00:00")
    )
    assert found == recurrence.Unrolled([], finished=True)


@pytest.mark.parametrize(
    "text",
    [
        "FREQ=WEEKLY",
        "FREQ=WEEKLY;INTERVAL=2;COUNT=10;BYDAY=MO,TH;WKST=SU",
        "FREQ=MONTHLY;UNTIL=20261231T225959Z;BYDAY=1MO,-1FR",
        "FREQ=YEARLY;BYMONTH=3,9;BYMONTHDAY=-1;BYSETPOS=-1",
    ],
)
def test_s26_a_rule_is_kept_as_it_was_said(text: str) -> None:
    assert str(recurrence.read(text, BERLIN)) == text


def test_s26_until_is_kept_as_an_instant() -> None:
    """RFC 5545, section 3.3.10: UTC beside a start with a zone."""
    assert str(recurrence.read("FREQ=DAILY;UNTIL=20261231", BERLIN)) == (
        "FREQ=DAILY;UNTIL=20261231T225959Z"
    )


def test_x21_a_day_that_a_zone_leaves_out_has_no_lesson_of_its_own() -> None:
    """Apia went from 29 to 31 December 2011."""
    series = Series(
        id=new_id(), study_session_id=new_id(), title="", description="", zone="Pacific/Apia",
        minutes=60,
    )  # fmt: skip
    places = [wall(f"2011-12-{day} 10:00") for day in (29, 30, 31)]
    made = expansion.make(series, places, [])
    assert [one.starts_at for one in made] == [
        datetime(2011, 12, 29, 20, tzinfo=UTC), datetime(2011, 12, 30, 20, tzinfo=UTC)
    ]  # fmt: skip


def slow_days(rule: Rule, start: datetime, to: datetime) -> Iterator[date]:
    """An independent reading of the same rules, one local day after the other."""
    day = start.date()
    while day <= to.date():
        weeks = (
            (day - timedelta(days=day.weekday())) - (start.date() - timedelta(days=start.weekday()))
        ).days // 7
        months = (day.year - start.year) * 12 + day.month - start.month
        weekdays = {weekday for _, weekday in rule.days}
        if rule.frequency == "DAILY":
            fits = (day - start.date()).days % rule.interval == 0
            fits = fits and (not weekdays or day.weekday() in weekdays)
        elif rule.frequency == "WEEKLY":
            wanted = weekdays or {start.weekday()}
            fits = weeks % rule.interval == 0 and day.weekday() in wanted
        else:
            wanted_days = set(rule.month_days) or {start.day}
            fits = months % rule.interval == 0 and day.day in wanted_days
        if fits:
            yield day
        day += timedelta(days=1)


def slow_instant(local: datetime, zone: str) -> datetime:
    """The first instant at which clocks show a wall time; none shows one that is skipped, which is
    held as long after the last minute before the gap as the gap-less day would have it.
    """
    tz = zones.get(zone)
    around = local.replace(tzinfo=UTC) - timedelta(hours=16)
    step = timedelta(minutes=15)
    while around.astimezone(tz).replace(tzinfo=None) < local:
        before, around = around, around + step
    shown = around.astimezone(tz).replace(tzinfo=None)
    if shown == local:
        return around
    return before + (local - before.astimezone(tz).replace(tzinfo=None))


@st.composite
def rules(draw: st.DrawFn) -> Rule:
    frequency = draw(st.sampled_from(["DAILY", "WEEKLY", "MONTHLY"]))
    days = st.lists(st.integers(0, 6), max_size=3, unique=True)
    month_days = st.lists(st.integers(1, 31), max_size=3, unique=True)
    return Rule(
        frequency,
        interval=draw(st.integers(1, 4)),
        count=draw(st.none() | st.integers(1, 30)),
        days=tuple((0, day) for day in sorted(draw(days))) if frequency != "MONTHLY" else (),
        month_days=tuple(sorted(draw(month_days))) if frequency == "MONTHLY" else (),
    )


QUARTERS = st.builds(
    lambda days, quarters: wall("2026-01-01 00:00") + timedelta(days=days, minutes=15 * quarters),
    st.integers(0, 364),
    st.integers(0, 95),
)


@given(rule=rules(), start=QUARTERS, zone=st.sampled_from(TEN_ZONES))
def test_s_a2_expansion_equals_a_slow_reading_in_ten_zones(
    rule: Rule, start: datetime, zone: str
) -> None:
    to = start + timedelta(days=400)  # both changes of the clock, wherever it begins
    days = list(slow_days(rule, start, to))[: rule.count]
    expected = [datetime.combine(day, start.time()) for day in days]
    rule = recurrence.read(str(rule), zone)
    found = recurrence.unroll(rule, start, zone, to)
    assert found.places == expected
    series = Series(
        id=UUID(int=1), study_session_id=UUID(int=2), title="", description="", zone=zone,
        minutes=50,
    )  # fmt: skip
    made = expansion.make(series, found.places, [])
    assert [one.starts_at for one in made] == [slow_instant(place, zone) for place in expected]
    assert all(one.starts_at < two.starts_at for one, two in pairwise(made))
    assert all(one.ends_at - one.starts_at == timedelta(minutes=50) for one in made)
    middle = expected[len(expected) // 2] if expected else start
    later = recurrence.unroll(rule, start, zone, to, after=middle)
    assert later.places == [place for place in expected if place > middle]
