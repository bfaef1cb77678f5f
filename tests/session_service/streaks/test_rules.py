"""What a streak is (S32), as pure rules."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from session_service.streaks.rules import Due, Run, Verdict, days, streaks, verdict

ADDS, BREAKS, WAITS, NOTHING = Verdict.ADDS, Verdict.BREAKS, Verdict.WAITS, Verdict.NOTHING
FIRST = date(2026, 11, 2)
VERDICTS = st.lists(st.sampled_from(list(Verdict)), max_size=30)


def dated(verdicts: Sequence[Verdict]) -> list[tuple[date, Verdict]]:
    """One after the other, from the first day."""
    return [(FIRST + timedelta(days=n), one) for n, one in enumerate(verdicts)]


@pytest.mark.parametrize(
    ("kept", "broken", "waiting", "wanted"),
    [
        (2, 0, 0, ADDS),
        (2, 1, 0, BREAKS),
        (0, 1, 3, BREAKS),  # what is still to come cannot mend it
        (2, 0, 1, WAITS),
        (0, 0, 0, NOTHING),  # excused, or only upcoming another day
    ],
)
def test_s32_all_work_of_a_day_decides_it(
    kept: int, broken: int, waiting: int, wanted: Verdict
) -> None:
    assert verdict(kept, broken, waiting) is wanted


def test_s32_work_is_of_the_day_that_the_class_s_clocks_show() -> None:
    """18:29 and 18:31 UTC are two days in Kolkata, and one in Berlin."""
    evening = datetime(2026, 11, 2, 18, 29, tzinfo=UTC)
    due = [Due(evening + timedelta(minutes=2), kept=1), Due(evening, broken=1)]
    assert days(due, "Asia/Kolkata") == [(FIRST, BREAKS), (date(2026, 11, 3), ADDS)]
    assert days(due, "Europe/Berlin") == [(FIRST, BREAKS)]


def test_s32_of_two_longest_ones_the_newest_is_shown() -> None:
    found = streaks(dated([ADDS, ADDS, BREAKS, ADDS, NOTHING, ADDS, BREAKS, ADDS]))
    assert found.longest == Run(2, date(2026, 11, 5), date(2026, 11, 7))
    assert found.current == Run(1, date(2026, 11, 9), date(2026, 11, 9))
    assert found.broken_on == date(2026, 11, 8)


@given(VERDICTS)
def test_s32_streaks_are_what_stands_between_breaks(verdicts: list[Verdict]) -> None:
    found = streaks(dated(verdicts))
    text = "".join({ADDS: "a", BREAKS: "b"}.get(one, "") for one in verdicts)
    runs = [len(one) for one in text.split("b")]
    assert (found.current.days if found.current else 0) == runs[-1]
    assert (found.longest.days if found.longest else 0) == max(runs)
    assert found.data is bool(text)
    assert found.waits is (WAITS in verdicts)


@given(VERDICTS, st.integers(0, 30), st.sampled_from([WAITS, NOTHING]))
def test_s32_days_without_decided_work_change_no_streak(
    verdicts: list[Verdict], where: int, free: Verdict
) -> None:
    more = [*verdicts[:where], free, *verdicts[where:]]
    before, after = streaks(dated(verdicts)), streaks(dated(more))
    for one, other in ((before.current, after.current), (before.longest, after.longest)):
        assert (one.days if one else None) == (other.days if other else None)


@given(VERDICTS)
def test_s32_first_and_last_day_of_a_streak_are_days_that_add(verdicts: list[Verdict]) -> None:
    by_day = dict(dated(verdicts))
    found = streaks(by_day.items())
    for run in (found.current, found.longest):
        if run:
            within = [what for day, what in by_day.items() if run.since <= day <= run.until]
            assert by_day[run.since] is by_day[run.until] is ADDS
            assert (within.count(ADDS), BREAKS in within) == (run.days, False)
