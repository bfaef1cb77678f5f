"""The states of a subscription, without a database (P-A8, P9, P11)."""

from datetime import datetime, timedelta
from itertools import pairwise, product

import pytest

from libs.ids import new_id
from payment_service.subscriptions.errors import SubscriptionTransitionForbidden
from payment_service.subscriptions.models import Subscription
from payment_service.subscriptions.states import LADDER, LATER, TRANSITIONS, SubscriptionState
from tests.payment_service.subscriptions.office import START, at

LISTED = {
    ("pending", "active"): "activated",
    ("active", "active"): "renewed",
    ("active", "past_due"): "past_due",
    ("past_due", "active"): "renewed",
    ("past_due", "suspended"): "suspended",
    ("suspended", "active"): "restored",
    ("suspended", "expired"): "expired",
}
"""P-A8, and that what is paid early goes on."""


def in_state(state: str) -> Subscription:
    """A subscription of one month from `START`, in a state."""
    made = Subscription(
        id=new_id(), state="pending", months=1, period=1, zone="Asia/Kolkata", anchor_months=0,
        kept_before=0, noticed=0, revision=7,
    )  # fmt: skip
    made.begin(START, 0)
    made.state = state
    return made


@pytest.mark.parametrize(("here", "there"), list(product(SubscriptionState, SubscriptionState)))
def test_p_a8_only_listed_transitions(here: SubscriptionState, there: SubscriptionState) -> None:
    row = in_state(here)
    if (here.value, there.value) in LISTED:
        event = row.move(there)
        assert event.type == f"studyzed.subscription.{LISTED[here.value, there.value]}"
        assert (row.state, row.revision) == (there.value, 8)
    else:
        with pytest.raises(SubscriptionTransitionForbidden):
            row.move(there)
        assert (row.state, row.revision) == (here.value, 7)


def test_p_a8_the_table_is_the_features() -> None:
    assert {(a.value, b.value) for a, b in TRANSITIONS} == set(LISTED)
    assert set(LATER.items()) <= set(TRANSITIONS)


@pytest.mark.parametrize(
    ("state", "until", "then"),
    [
        ("active", "2027-02-28", "past_due"),
        ("past_due", "2027-03-07", "suspended"),
        ("suspended", "2027-04-06", "expired"),
    ],
)
def test_p_a8_each_state_ends_to_the_second(state: str, until: str, then: str) -> None:
    row, end = in_state(state), at(until)
    assert row.later(end - timedelta(microseconds=1)) is None
    assert row.later(end) == then


@pytest.mark.parametrize("state", ["pending", "expired"])
def test_p_a8_time_leads_nowhere_from_here(state: str) -> None:
    row = in_state(state)
    assert row.later(at("2099-01-01")) is None
    row.plan(stopped=False)
    assert row.due_at is None


@pytest.mark.parametrize(
    ("state", "hour", "may"),
    [
        ("pending", at("2027-02-28"), False),
        ("active", at("2027-01-29") - timedelta(seconds=1), False),
        ("active", at("2027-01-29"), True),
        ("past_due", at("2027-03-01"), True),
        ("suspended", at("2027-04-05"), True),
        ("expired", at("2027-04-07"), False),
    ],
)
def test_p9_when_the_next_period_may_be_paid(state: str, hour: datetime, may: bool) -> None:
    assert in_state(state).is_renewable(hour) is may


def test_p11_the_ladder_is_in_the_order_of_time_and_each_rung_within_its_state() -> None:
    assert [(rung.days, rung.left, rung.state) for rung in LADDER] == [
        (-7, 7, "active"), (-3, 3, "active"), (-1, 1, "active"),
        (3, 4, "past_due"), (6, 1, "past_due"),
        (30, 7, "suspended"), (36, 1, "suspended"),
    ]  # fmt: skip
    assert all(one.days < other.days for one, other in pairwise(LADDER))
