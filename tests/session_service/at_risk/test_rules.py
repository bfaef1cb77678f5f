"""When a student is at risk (S36), as pure rules."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from session_service.at_risk.rules import (
    RULES,
    Attended,
    DueWork,
    Found,
    Scored,
    Signals,
    TooLittle,
    is_known,
    judge,
    shown,
)
from session_service.at_risk.schemas import ReasonCode

TODAY = date(2026, 11, 28)
DAY = timedelta(days=1)


def works(*missed: bool) -> list[DueWork]:
    """One a week, newest first."""
    return [DueWork(TODAY - 7 * n * DAY, one) for n, one in enumerate(missed, 1)]


def marks(*percents: str | int) -> list[Scored]:
    """One a week, newest first."""
    return [Scored(TODAY - 7 * n * DAY, Decimal(one)) for n, one in enumerate(percents, 1)]


def lessons(*absent: bool) -> list[Attended]:
    """One a week, newest first."""
    return [Attended(TODAY - 7 * n * DAY, one) for n, one in enumerate(absent, 1)]


def reasons(signals: Signals) -> dict[ReasonCode, Found]:
    """What is found, by its code."""
    return {one.code: one for one in judge(signals)[0]}


@pytest.mark.parametrize(
    ("missed", "text"),
    [
        ([True, True, False, True, False], "missed 3 of the last 5 pieces of work"),
        ([True, True, True], "missed 3 of the last 3 pieces of work"),
        ([True, False, True, False, False], None),
        ([False, False, True, True, False, True], None),  # the sixth is forgiven
        ([True, True], None),
    ],
)
def test_s36_most_of_the_last_works_missed(missed: list[bool], text: str | None) -> None:
    found = reasons(Signals(TODAY, works=works(*missed))).get(ReasonCode.WORK_MISSED)
    assert (found.text if found else None) == text
    if found:
        assert found.numbers == {"missed": 3, "works": len(missed)}
        assert (found.since, found.until) == (TODAY - 7 * len(missed) * DAY, TODAY - 7 * DAY)


@pytest.mark.parametrize(
    ("quiet", "unanswered", "text"),
    [
        (14, 2, "no hand-in for 14 days, in which 2 pieces of work were due"),
        (13, 2, None),
        (60, 1, None),  # hardly anything was asked for
        (None, 2, None),
    ],
)
def test_s36_no_hand_in_for_two_weeks_in_which_work_was_due(
    quiet: int | None, unanswered: int, text: str | None
) -> None:
    since = None if quiet is None else TODAY - quiet * DAY
    signals = Signals(
        TODAY, works=works(True, False), quiet_since=since, unanswered=unanswered
    )  # fmt: skip
    found = reasons(signals).get(ReasonCode.NOTHING_HANDED_IN)
    assert (found.text if found else None) == text
    if found:
        assert (found.since, found.until) == (since, TODAY)
        assert found.numbers == {"days": quiet, "due": unanswered}


@pytest.mark.parametrize(
    ("percents", "text"),
    [
        ([55, 55, 50, 60, 78, 80, 76, 78], "marks fell from 78 % to 55 % over the last 4 marks"),
        ([60, 60, 60, 60, 75, 75, 75, 75], "marks fell from 75 % to 60 % over the last 4 marks"),
        (["60.04", 60, 60, 60, 75, 75, 75, 75], None),  # 14.99 points
        ([55, 55, 50, 60, 78, 80, 76], None),  # seven are too few
        ([78, 80, 76, 78, 55, 55, 50, 60], None),  # they rose
    ],
)
def test_s36_marks_fell(percents: list[str | int], text: str | None) -> None:
    found = reasons(Signals(TODAY, marks=marks(*percents))).get(ReasonCode.MARKS_FELL)
    assert (found.text if found else None) == text


@pytest.mark.parametrize(
    ("percents", "text"),
    [
        (["49.99"] * 3, "average of 49.99 % in the last 3 marks"),
        ([50, 50, 50], None),
        ([10, 10], None),
        ([90, 40, 30, 20, 0], "average of 45 % in the last 4 marks"),
        ([0, 0, 0, 0, 100], "average of 0 % in the last 4 marks"),
    ],
)
def test_s36_marks_low(percents: list[str | int], text: str | None) -> None:
    found = reasons(Signals(TODAY, marks=marks(*percents))).get(ReasonCode.MARKS_LOW)
    assert (found.text if found else None) == text


@pytest.mark.parametrize(
    ("absent", "text"),
    [
        ([True, False, True, True], "absent from 3 of the last 4 lessons"),
        ([True, True, True], "absent from 3 of the last 3 lessons"),
        ([True, True, False, False, True], None),
        ([True, True], None),
    ],
)
def test_s36_most_of_the_last_lessons_missed(absent: list[bool], text: str | None) -> None:
    found = reasons(Signals(TODAY, lessons=lessons(*absent))).get(ReasonCode.LESSONS_MISSED)
    assert (found.text if found else None) == text


def test_s36_of_a_new_student_too_little_is_known() -> None:
    found, not_asked = judge(Signals(TODAY, works=works(False), marks=marks(90, 80)))
    assert found == []
    assert not_asked == [
        TooLittle(ReasonCode.WORK_MISSED, 1, 3),
        TooLittle(ReasonCode.NOTHING_HANDED_IN, 1, 2),
        TooLittle(ReasonCode.MARKS_FELL, 2, 8),
        TooLittle(ReasonCode.MARKS_LOW, 2, 3),
        TooLittle(ReasonCode.LESSONS_MISSED, 0, 3),
    ]
    assert not is_known(not_asked)


def test_s36_two_works_handed_in_do_not_say_that_all_is_well() -> None:
    assert not is_known(judge(Signals(TODAY, works=works(False, False)))[1])
    assert is_known(judge(Signals(TODAY, works=works(False, False, False)))[1])
    assert is_known(judge(Signals(TODAY, lessons=lessons(False, False, False)))[1])


@pytest.mark.parametrize(
    ("percent", "text"), [("78.00", "78 %"), ("78.50", "78.5 %"), ("100.00", "100 %"), ("0", "0 %")]
)
def test_s36_per_cent_as_it_is_read(percent: str, text: str) -> None:
    assert shown(Decimal(percent)) == text


BOOLS = st.lists(st.booleans(), max_size=7)
PERCENTS = st.lists(st.integers(0, 10_000).map(lambda n: str(Decimal(n) / 100)), max_size=10)
SIGNALS = st.builds(
    lambda m, p, a, q, u: Signals(
        TODAY, works(*m), marks(*p), lessons(*a), None if q is None else TODAY - q * DAY, u
    ),
    *(BOOLS, PERCENTS, BOOLS, st.none() | st.integers(0, 40), st.integers(0, 7)),
)


def model(signals: Signals) -> set[ReasonCode]:
    """The reasons, in other words than the rules'."""

    def average(some: Sequence[Scored]) -> Decimal:
        exact = sum(int(one.percent * 100) for one in some) / Decimal(len(some))
        return exact.quantize(Decimal(1), ROUND_HALF_UP) / 100

    percents = signals.marks
    silent = signals.quiet_since is not None and signals.quiet_since <= TODAY - 14 * DAY
    wanted = {
        ReasonCode.WORK_MISSED: [one.missed for one in signals.works[:5]].count(True) >= 3,
        ReasonCode.NOTHING_HANDED_IN: (
            len(signals.works) >= 2 and silent and signals.unanswered >= 2
        ),
        ReasonCode.MARKS_FELL: (
            len(percents) >= 8 and average(percents[:4]) + 15 <= average(percents[4:8])
        ),
        ReasonCode.MARKS_LOW: len(percents) >= 3 and average(percents[:4]) < 50,
        ReasonCode.LESSONS_MISSED: [one.absent for one in signals.lessons[:4]].count(True) >= 3,
    }
    return {code for code, yes in wanted.items() if yes}


@given(SIGNALS)
def test_s36_reasons_equal_a_plain_model(signals: Signals) -> None:
    found, not_asked = judge(signals)
    assert {one.code for one in found} == model(signals)
    assert len(RULES) == len(ReasonCode)
    codes = [*(one.code for one in found), *(one.code for one in not_asked)]
    assert len(codes) == len(set(codes))  # nothing is found where too little is known
    assert all(one.have < one.need for one in not_asked)
    assert all(one.since <= one.until <= TODAY for one in found)


@given(SIGNALS)
def test_s36_doing_better_never_adds_a_reason_of_its_kind(signals: Signals) -> None:
    """All that was missed handed in, all lessons attended, the newest marks full."""
    better = replace(
        signals,
        works=[replace(one, missed=False) for one in signals.works],
        lessons=[replace(one, absent=False) for one in signals.lessons],
        marks=[
            replace(one, percent=Decimal(100) if n < 4 else one.percent)
            for n, one in enumerate(signals.marks)
        ],
        unanswered=0,
    )
    assert judge(better)[0] == []


@given(SIGNALS)
def test_s36_what_is_older_than_what_is_looked_at_changes_nothing(signals: Signals) -> None:
    newest = replace(
        signals,
        works=signals.works[:5],
        marks=signals.marks[:8],
        lessons=signals.lessons[:4],
    )
    assert judge(newest) == judge(signals)
