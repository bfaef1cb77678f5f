"""Any chain of changes: what is paid less what is given back is what the time costs (P12)."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from libs.ids import new_id
from payment_service.plan_changes.service import price_of
from payment_service.plan_changes.states import share
from payment_service.plans.models import Plan
from payment_service.subscriptions.models import Subscription
from payment_service.subscriptions.states import Paid, Terms

START = datetime(2027, 1, 31, 6, 30, tzinfo=UTC)
HALF = Fraction(1, 2)


def test_p12_to_the_second_and_half_up() -> None:
    assert share(499_00, 1, 2) == 249_50
    assert (share(1, 1, 2), share(1, 49, 100), share(3, 1, 2)) == (1, 0, 2)
    assert (share(499_00, 0, 7), share(499_00, 7, 7), share(499_00, 5, 0)) == (0, 499_00, 0)


def plan(months: int, amount: int) -> Plan:
    return Plan(id=new_id(), name="A plan", months=months, amount=amount, currency="INR")


def begun(first: Plan) -> Subscription:
    """A subscription whose first period begins at `START`."""
    made = Subscription(zone="Asia/Kolkata", state="active", anchor_months=0, kept_before=0)
    made.noticed = 0
    made.take(Paid(new_id(), new_id(), first.id, first.months, 1, START, first.amount, "INR"))
    made.begin(START, 0)
    return made


@dataclass
class Purse:
    """What was paid and given back, and what the time that is used should have cost, exactly."""

    paid: int
    used: Fraction = Fraction()
    given: int = 0
    roundings: int = 0
    since: datetime = field(default=START)

    def change(self, found: Subscription, to: Plan, at: datetime) -> None:
        left = min(found.seconds_left(at), found.whole_seconds)
        before = min(found.seconds_left(self.since), found.whole_seconds)
        self.used += Fraction(found.worth * (before - left), found.whole_seconds)
        price = price_of(found, to, at, gone=0, most=self.paid - self.given)
        self.roundings += 1 + (to.months == found.months)
        self.paid += max(price.due, 0)
        self.given += max(-price.due, 0)
        found.change(Terms(to.id, to.months, found.period + 1, to.amount, "INR", at, 0))
        self.since = at


@given(
    first=st.tuples(st.sampled_from([1, 6, 12]), st.integers(1, 10**7)),
    steps=st.lists(
        st.tuples(
            st.sampled_from([1, 6, 12]), st.integers(1, 10**7), st.floats(0, 0.999),
        ),
        max_size=12,
    ),
)  # fmt: skip
def test_p12_paid_less_given_back_is_what_the_time_costs(
    first: tuple[int, int], steps: list[tuple[int, int, float]]
) -> None:
    begin = plan(*first)
    found, purse, now = begun(begin), Purse(begin.amount), START
    for months, amount, wait in steps:
        assert found.ends_at is not None
        now += timedelta(seconds=int((found.ends_at - now).total_seconds() * wait))
        purse.change(found, plan(months, amount), now)
        left = min(found.seconds_left(now), found.whole_seconds)
        unused = Fraction(found.worth * left, found.whole_seconds)
        kept = purse.paid - purse.given
        assert abs(kept - purse.used - unused) <= HALF * purse.roundings
        assert kept >= 0
        assert purse.given <= purse.paid


@given(amount=st.integers(0, 10**9), whole=st.integers(1, 10**8), cuts=st.lists(st.floats(0, 1)))
def test_p12_a_period_cut_in_pieces_costs_what_it_costs(
    amount: int, whole: int, cuts: list[float]
) -> None:
    ends = sorted({int(whole * cut) for cut in cuts} | {0, whole})
    worths = [share(amount, end, whole) for end in ends]
    pieces = [after - before for before, after in pairwise(worths)]
    assert sum(pieces) == amount
    assert min(pieces) >= 0


def test_p12_no_credit_is_more_than_what_has_not_gone_back() -> None:
    found = begun(plan(12, 4_799_00))
    month = plan(1, 499_00)
    assert price_of(found, month, START, gone=0, most=4_799_00).credit == 4_799_00
    assert price_of(found, month, START, gone=799_00, most=4_000_00).credit == 4_000_00
    assert price_of(found, month, START, gone=0, most=100_00).credit == 599_00
    assert price_of(found, month, START, gone=9_999_00, most=0).credit == 0
