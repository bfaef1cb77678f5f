"""What counts as being there (S-A13), as pure rules."""

from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from session_service.attendance import rules
from session_service.attendance.rules import CheckedIn, Finding, Span, Times
from session_service.attendance.schemas import AttendanceState, Source

START = datetime(2026, 11, 30, 8, tzinfo=UTC)
SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)
HOUR = Times(START, START + 60 * MINUTE, 75, 10 * MINUTE, 10 * MINUTE)
PRESENT, LATE, LEFT_EARLY, ABSENT = (
    AttendanceState.PRESENT, AttendanceState.LATE, AttendanceState.LEFT_EARLY,
    AttendanceState.ABSENT,
)  # fmt: skip


def stay(begin: float, end: float) -> Span:
    """From one minute of the lesson to another."""
    return START + begin * MINUTE, START + end * MINUTE


def called(*spans: Span, times: Times = HOUR) -> Finding | None:
    return rules.by_call(times, spans)


STAYS = st.lists(
    st.tuples(st.integers(-1_800, 5_400), st.integers(-60, 4_800)).map(
        lambda pair: (START + pair[0] * SECOND, START + (pair[0] + pair[1]) * SECOND)
    ),
    max_size=8,
)
"""Beginnings and lengths in seconds; some end before they begin."""


@settings(max_examples=300)
@given(STAYS, st.randoms(use_true_random=False), st.integers(1, 100))
def test_s_a13_the_union_is_what_a_slow_count_says(
    stays: list[Span], chance: Random, percent: int
) -> None:
    """Minute by minute, and second by second in each: was any device there?"""
    times = Times(START, START + 60 * MINUTE, percent, 10 * MINUTE, 10 * MINUTE)
    there = [False] * 3_600
    for begin, end in stays:
        for second in range((begin - START) // SECOND, (end - START) // SECOND):
            if 0 <= second < 3_600:
                there[second] = True
    per_minute = [sum(there[60 * minute : 60 * minute + 60]) for minute in range(60)]
    spent = sum(per_minute)
    shuffled = stays + stays[::2]
    chance.shuffle(shuffled)
    found = rules.by_call(times, shuffled)
    assert (found is None) == (spent == 0)
    if found is None:
        return
    assert found.minutes == spent // 60
    assert (found.state is ABSENT) == (spent * 100 < 3_600 * percent)
    seconds = [second for second, was_there in enumerate(there) if was_there]
    assert found.came_late == (seconds[0] > 600)
    assert found.left_early == (3_600 - (seconds[-1] + 1) > 600)


@pytest.mark.parametrize(
    ("spans", "state", "minutes", "late", "early"),
    [
        ([stay(0, 60)], PRESENT, 60, False, False),
        ([stay(-15, 90)], PRESENT, 60, False, False),
        ([stay(0, 45)], LEFT_EARLY, 45, False, True),
        ([stay(0, 44.99)], ABSENT, 44, False, True),
        ([stay(0, 30), stay(40, 60)], PRESENT, 50, False, False),
        ([stay(0, 30), stay(0, 30), stay(20, 40)], ABSENT, 40, False, True),
        ([stay(10, 60)], PRESENT, 50, False, False),
        ([stay(10.01, 60)], LATE, 49, True, False),
        ([stay(0, 50)], PRESENT, 50, False, False),
        ([stay(0, 49.99)], LEFT_EARLY, 49, False, True),
        ([stay(-9, -1), stay(12, 60)], LATE, 48, True, False),
        ([stay(0, 1), stay(14, 60)], PRESENT, 47, False, False),
    ],
)
def test_s_a13_minutes_and_limits(
    spans: list[Span], state: AttendanceState, minutes: int, late: bool, early: bool
) -> None:
    assert called(*spans) == Finding(state, Source.CALL, late, early, minutes)


def test_s_a13_late_and_left_early_may_both_hold() -> None:
    """Late is said first; the flags say both."""
    times = Times(START, START + 120 * MINUTE, 75, 10 * MINUTE, 10 * MINUTE)
    assert called(stay(11, 109), times=times) == Finding(LATE, Source.CALL, True, True, 98)


def test_s_a13_a_class_has_its_own_limits() -> None:
    times = Times(START, START + 60 * MINUTE, 50, 5 * MINUTE, 20 * MINUTE)
    assert called(stay(6, 45), times=times) == Finding(LATE, Source.CALL, True, False, 39)
    assert called(stay(5, 35), times=times) == Finding(LEFT_EARLY, Source.CALL, False, True, 30)


def test_s_a13_no_stay_in_the_lesson_s_time_is_none() -> None:
    for spans in ([], [stay(-30, 0)], [stay(60, 90)], [stay(30, 30)], [stay(40, 20)]):
        assert called(*spans) is None


def test_s_a13_of_a_check_in_and_a_call_the_better_one_counts() -> None:
    in_time, after = CheckedIn(START + 10 * MINUTE, Source.QR), START + 10 * MINUTE + SECOND
    assert rules.find(HOUR, [], None) == Finding(ABSENT, None)
    assert rules.find(HOUR, [], in_time) == Finding(PRESENT, Source.QR)
    late = CheckedIn(after, Source.CODE)
    assert rules.find(HOUR, [], late) == Finding(LATE, Source.CODE, came_late=True)
    assert rules.find(HOUR, [stay(0, 20)], late) == Finding(
        LATE, Source.CODE, came_late=True, minutes=20
    )
    assert rules.find(HOUR, [stay(0, 60)], late) == Finding(PRESENT, Source.CALL, minutes=60)
    assert rules.find(HOUR, [stay(0, 60)], in_time) == Finding(PRESENT, Source.QR, minutes=60)
