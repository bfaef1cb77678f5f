"""The saga's model must see what it is for."""

from collections import Counter
from dataclasses import replace

import pytest

from tests.faults.saga.cases import APPROVE, PAY, REJECT, deal
from tests.faults.saga.model import Found, Sums, Told

TOLD = Told(approved=None, rejected=True, pressed=True)
REFUNDED = Found(
    state="rejected",
    approval="refunded",
    events=Counter(
        ["study_session.rejected", "payments.closed", "refund.requested", "payment.refunded"]
    ),
    captured=[49_900],
    returned=[49_900],
    payments=Counter(["paid"]),
    refunds=Counter(["succeeded"]),
    copies=Counter(["succeeded"]),
)
OPENED = Told(approved=True, rejected=False, pressed=True)
ACTIVE = Found(
    state="active",
    events=Counter(["study_session.approved", "study_session.activated"]),
    captured=[49_900],
    payments=Counter(["paid"]),
)


def judged(told: Told, found: Found) -> Sums:
    sums = Sums()
    sums.add("X", told, found)
    return sums


def test_p_a9_nothing_is_wrong() -> None:
    refunded, active = judged(TOLD, REFUNDED), judged(OPENED, ACTIVE)
    assert (refunded.due, refunded.made, refunded.clean) == (1, 1, True)
    assert (active.due, active.made, active.activated, active.clean) == (0, 0, 1, True)


def test_p_a9_nothing_was_paid() -> None:
    told = Told(rejected=True)
    found = replace(
        REFUNDED, approval="nothing_paid", captured=[], returned=[], payments=Counter(),
        refunds=Counter(), copies=Counter(),
        events=Counter(["study_session.rejected", "payments.closed"]),
    )  # fmt: skip
    assert judged(told, found).clean


def test_p_a9_a_refund_is_missing_doubled_or_not_due() -> None:
    assert judged(TOLD, replace(REFUNDED, returned=[])).missing == 1
    assert judged(TOLD, replace(REFUNDED, returned=[49_900, 49_900])).doubled == 1
    assert judged(TOLD, replace(REFUNDED, returned=[100])).missing == 1
    assert judged(OPENED, replace(ACTIVE, returned=[49_900])).doubled == 1


@pytest.mark.parametrize("approval", ["rejected", "refunding", "refund_failed", "nothing_paid"])
def test_p_a9_a_saga_has_not_ended(approval: str) -> None:
    assert judged(TOLD, replace(REFUNDED, approval=approval)).stuck == 1
    assert judged(TOLD, replace(REFUNDED, stuck=["refund_unconfirmed"])).stuck == 1


WRONG = {
    "activated twice": (OPENED, replace(ACTIVE, events=ACTIVE.events + ACTIVE.events)),
    "never activated": (OPENED, replace(ACTIVE, state="pending")),
    "activated without approval": (replace(OPENED, approved=None), ACTIVE),
    "rejected and active": (TOLD, ACTIVE),
    "rejected, though it was refused": (replace(TOLD, rejected=False), REFUNDED),
    "told twice": (TOLD, replace(REFUNDED, events=REFUNDED.events + Counter(["payment.refunded"]))),
    "not told": (TOLD, replace(REFUNDED, events=REFUNDED.events - Counter(["payment.refunded"]))),
    "on its way": (TOLD, replace(REFUNDED, refunds=Counter(["sent"]))),
    "not copied": (TOLD, replace(REFUNDED, copies=Counter())),
    "still to be paid": (TOLD, replace(REFUNDED, open_checkouts=1)),
    "a payment is unknown": (TOLD, replace(REFUNDED, payments=Counter(["open"]))),
}


@pytest.mark.parametrize("name", WRONG)
def test_p_a9_a_contradiction_is_seen(name: str) -> None:
    assert judged(*WRONG[name]).wrong


def test_cases_are_of_all_kinds_and_come_from_the_seed() -> None:
    cases = deal(1, 200)
    assert cases == deal(1, 200)
    assert cases != deal(2, 200)
    orders = {tuple(name for name, _ in case.steps) for case in cases}
    assert {(PAY, APPROVE), (APPROVE, PAY), (PAY, REJECT), (REJECT, PAY)} <= orders
    assert {(REJECT,), (APPROVE, REJECT), (PAY, APPROVE, REJECT), (REJECT, APPROVE, PAY)} <= orders
    assert {case.together for case in cases} == {case.early for case in cases} == {True, False}
