"""The model of attempts must see what it is for."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from tests.faults.attempts.cases import End, Step, deal
from tests.faults.attempts.model import Found, Held, Save, Sums, Told, too_early

START = datetime(2026, 11, 30, 8, tzinfo=UTC)
END = START + timedelta(seconds=12)
OVER = END + timedelta(seconds=1)
RIGHT, WRONG = {"type": "single", "option": "b"}, {"type": "single", "option": "a"}
ONCE = Counter(["attempt.started", "attempt.closed", "marks.released"])


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def save(revision: int, began: datetime, *, acknowledged: bool = True, right: bool = True) -> Save:
    answer, worth = (RIGHT, "2.00") if right else (WRONG, "-0.50")
    when = began if acknowledged else None
    return Save("q", revision, answer, Decimal(worth), began, when, open=not acknowledged)


TOLD = Told(END, {"x"}, [save(1, at(1), right=False), save(2, at(2))], END)
FOUND = Found(
    1, "x", "closed", "deadline", END, OVER, END, at(14), {"q": Held(2, RIGHT)}, 1, Decimal("2.00"),
    1, ONCE, ["attempt.started", "attempt.closed"],
)  # fmt: skip


def judged(told: Told, found: Found, outage: float = 0.0) -> Sums:
    sums = Sums(questions=1)
    sums.add("X", told, found, lambda *_: outage)
    return sums


def test_s17_nothing_is_wrong() -> None:
    sums = judged(TOLD, FOUND)
    assert (sums.clean, sums.attempts, sums.submitted, sums.saves) == (True, 1, 0, 2)
    assert sums.slowest == 2.0


def test_s20_an_acknowledged_save_is_lost() -> None:
    assert judged(TOLD, replace(FOUND, answers={"q": Held(1, WRONG)}, mark=Decimal(0))).lost
    assert judged(TOLD, replace(FOUND, answers={}, mark=Decimal(0))).lost


def test_s20_a_save_that_nobody_acknowledged_may_be_there_or_not() -> None:
    told = replace(TOLD, saves=[*TOLD.saves, save(3, at(3), acknowledged=False, right=False)])
    there = replace(FOUND, answers={"q": Held(3, WRONG)}, mark=Decimal("0.00"))
    assert judged(told, FOUND).clean
    assert judged(told, there).clean
    assert judged(told, replace(there, mark=Decimal("2.00"))).wrong


def test_r5_a_late_save_is_counted() -> None:
    """Acknowledged, or only there; what came in the allowance is not late."""
    late = replace(FOUND, answers={"q": Held(3, RIGHT)})
    for when, number in ((at(12.9), 0), (at(13.1), 1)):
        for acknowledged in (True, False):
            told = replace(TOLD, saves=[*TOLD.saves, save(3, when, acknowledged=acknowledged)])
            assert len(judged(told, late).late) == number


def test_r5_a_save_after_the_end_is_counted() -> None:
    told = replace(
        TOLD, saves=[*TOLD.saves, save(3, at(5))], submitting=at(4), submitted=at(4.5),
        ending="submitted",
    )  # fmt: skip
    found = replace(FOUND, ending="submitted", answers={"q": Held(3, RIGHT)}, closed_at=at(4.2))
    assert len(judged(told, found).late) == 1
    assert judged(replace(told, submitted=at(6)), found).clean


def test_s17_it_is_closed_too_late_or_too_early() -> None:
    """Outages do not count against who closes."""
    late = replace(FOUND, closed_seen=at(20))
    assert judged(TOLD, late).slow
    assert judged(TOLD, late, outage=3.5).clean
    assert judged(TOLD, replace(FOUND, closed_seen=at(11))).wrong


def test_s_a11_things_are_doubled() -> None:
    assert judged(TOLD, replace(FOUND, attempts=2)).doubled
    assert judged(TOLD, replace(FOUND, marked=2)).doubled
    assert judged(TOLD, replace(FOUND, events=ONCE + Counter(["attempt.closed"]))).doubled
    assert judged(replace(TOLD, attempt_ids={"x", "y"}), FOUND).doubled


MORE = END + timedelta(seconds=4)
EXTENDED = replace(TOLD, extended_to=MORE, granting=True, granted=at(3))


def test_s_a6_what_is_granted_in_time_moves_the_deadline() -> None:
    moved = replace(FOUND, deadline=MORE, closed_at=MORE, closed_seen=at(17), takes_until=at(17))
    assert judged(EXTENDED, moved).clean
    assert judged(EXTENDED, FOUND).wrong
    assert judged(replace(EXTENDED, granted=at(13)), FOUND).clean
    assert judged(TOLD, moved).wrong


def test_s17_who_was_never_told_may_have_none() -> None:
    nobody = replace(TOLD, attempt_ids=set(), saves=[])
    sums = judged(nobody, Found())
    assert (sums.clean, sums.unheard) == (True, 1)
    assert judged(nobody, replace(FOUND, answers={}, mark=Decimal("0.00"))).clean


WRONG_ONES = {
    "still open": replace(FOUND, state="open"),
    "submitted, though nobody did": replace(FOUND, ending="submitted"),
    "ended at another time": replace(FOUND, closed_at=OVER),
    "not marked": replace(FOUND, parts=0),
    "no mark": replace(FOUND, mark=None),
    "another mark": replace(FOUND, mark=Decimal("1.99")),
    "an answer that nobody gave": replace(FOUND, answers={"q": Held(2, WRONG)}),
    "closed before it began": replace(FOUND, order=["attempt.closed", "attempt.started"]),
    "a mark that changes": replace(FOUND, events=ONCE + Counter(["mark.changed"])),
}


@pytest.mark.parametrize("name", WRONG_ONES)
def test_s17_a_contradiction_is_seen(name: str) -> None:
    assert judged(TOLD, WRONG_ONES[name]).wrong


def test_s17_an_event_that_was_not_told_is_lost() -> None:
    assert judged(TOLD, replace(FOUND, events=ONCE - Counter(["attempt.closed"]))).lost


def test_r5_a_refusal_before_the_deadline_is_seen() -> None:
    assert too_early(TOLD, at(11.9))
    assert not too_early(TOLD, at(12))
    assert not too_early(replace(TOLD, submitting=at(4)), at(11))


def test_cases_are_of_all_kinds_and_come_from_the_seed() -> None:
    cases = deal(1, 200)
    assert cases == deal(1, 200)
    assert cases != deal(2, 200)
    assert {step for case in cases for step, _ in case.steps} == set(Step)
    assert {case.end for case in cases} == set(End)
    assert {case.twice for case in cases} == {True, False}
    assert {case.extended is None for case in cases} == {True, False}
