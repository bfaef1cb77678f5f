"""What late work costs (S-A4)."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from session_service.late_policies.rules import Base, LatePolicy, Penalty, closes_at, penalty

DUE = datetime(2026, 11, 30, 18, 29, tzinfo=UTC)
TEN_A_DAY = LatePolicy(percent_per_day=Decimal(10))
GRACE = timedelta(minutes=10)
TICK = timedelta(microseconds=1)
DAY = timedelta(days=1)

percents = st.decimals(0, 100, places=2)
policies = st.builds(
    LatePolicy,
    grace=st.integers(0, 1_440).map(lambda minutes: timedelta(minutes=minutes)),
    percent_per_day=percents,
    base=st.sampled_from(["earned", "maximum"]),
    cap_percent=percents,
)
delays = st.timedeltas(-timedelta(days=3), timedelta(days=400))


@pytest.mark.parametrize(("base", "left"), [("earned", "64.00"), ("maximum", "60.00")])
def test_s_a4_25_hours_late_at_ten_per_cent_a_day(base: Base, left: str) -> None:
    policy = LatePolicy(percent_per_day=Decimal(10), base=base)
    found = penalty(policy, DUE, DUE + timedelta(hours=25))
    assert found == Penalty(2, Decimal(20), base)
    earned, maximum = Decimal(80), Decimal(100)
    assert earned - found.taken_from(earned, maximum) == Decimal(left)


@pytest.mark.parametrize(
    ("late", "days"),
    [
        (-DAY, None),
        (timedelta(), None),
        (GRACE, None),
        (GRACE + TICK, 1),
        (GRACE + DAY, 1),
        (GRACE + DAY + TICK, 2),
        (GRACE + 9 * DAY, 9),
    ],
)
def test_s_a4_days_start_after_the_grace(late: timedelta, days: int | None) -> None:
    found = penalty(TEN_A_DAY, DUE, DUE + late)
    assert (found.days if found else None) == days


def test_s_a4_the_cap_holds_and_a_grace_may_be_none() -> None:
    policy = LatePolicy(timedelta(), Decimal("12.5"), cap_percent=Decimal(30))
    assert penalty(policy, DUE, DUE) is None
    shown = [penalty(policy, DUE, DUE + DAY * n) for n in (1, 2, 3, 40)]
    assert shown == [
        Penalty(1, Decimal("12.5"), "earned"),
        Penalty(2, Decimal("25.0"), "earned"),
        Penalty(3, Decimal(30), "earned"),
        Penalty(40, Decimal(30), "earned"),
    ]


def test_s_a4_late_work_may_cost_nothing_and_is_late_still() -> None:
    assert penalty(LatePolicy(), DUE, DUE + DAY) == Penalty(1, Decimal(0), "earned")


def test_s_a4_points_are_rounded_half_up_and_never_below_zero() -> None:
    assert Penalty(1, Decimal(10), "earned").taken_from(Decimal("0.25"), Decimal(1)) == Decimal(
        "0.03"
    )
    assert Penalty(1, Decimal(50), "maximum").taken_from(Decimal(20), Decimal(100)) == 20


def test_s_a4_the_last_instant_at_which_work_is_taken() -> None:
    assert closes_at(LatePolicy(), DUE) == DUE + GRACE
    assert closes_at(LatePolicy(cut_off=3 * DAY), DUE) == DUE + GRACE + 3 * DAY
    assert closes_at(LatePolicy(cut_off=None), DUE) is None


@given(policies, delays, delays)
def test_s_a4_later_work_never_loses_less(
    policy: LatePolicy, one: timedelta, other: timedelta
) -> None:
    early, late = (penalty(policy, DUE, DUE + delay) for delay in sorted((one, other)))
    assert early is None or (late is not None and early.days <= late.days)
    assert (early.percent if early else 0) <= (late.percent if late else 0) <= policy.cap_percent


@given(policies, delays, st.decimals(0, 1_000, places=2), st.decimals(0, 1_000, places=2))
def test_s_a4_what_is_left_is_between_nothing_and_all(
    policy: LatePolicy, delay: timedelta, one: Decimal, other: Decimal
) -> None:
    earned, maximum = sorted((one, other))
    found = penalty(policy, DUE, DUE + delay)
    assert (found is None) == (delay <= policy.grace)
    lost = found.taken_from(earned, maximum) if found else Decimal(0)
    assert 0 <= lost <= earned
    assert lost == lost.quantize(Decimal("0.01"))


@given(policies, st.integers(1, 400))
def test_s_a4_a_day_counts_from_its_first_moment_to_its_last(policy: LatePolicy, day: int) -> None:
    end = DUE + policy.grace + day * DAY
    shown = [penalty(policy, DUE, at) for at in (end - DAY + TICK, end, end + TICK)]
    assert [found.days if found else None for found in shown] == [day, day, day + 1]
