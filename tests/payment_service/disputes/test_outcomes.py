"""What follows from a dispute, whatever the order in which its answers come (P16)."""

import asyncio

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.payment_service.books import audit
from tests.payment_service.disputes.court import PRICE, apply, books, disputes, said, told
from tests.payment_service.shop import MONTH
from tests.payment_service.subscriptions.office import DAY, Office
from tests.payment_service.wallets.bank import fill, freeze, money_of, wallet_of

STATUSES = (
    "warning_needs_response", "warning_under_review", "warning_closed", "needs_response",
    "under_review", "won", "lost",
)  # fmt: skip


async def test_p16_a_lost_period_suspends_the_class_until_it_is_paid_again(office: Office) -> None:
    study_session_id = await office.opened()
    payment_id = (await office.get(study_session_id)).payment_id
    office.clock.at += 3 * DAY
    await apply(office.parts.database, said(payment_id, "needs_response"))
    assert await office.news(study_session_id) == []
    office.clock.at += 3 * DAY
    await apply(office.parts.database, said(payment_id, "lost"))
    assert await office.news(study_session_id) == ["past_due", "suspended"]
    found = await office.get(study_session_id)
    assert (found.state, found.ends_at, found.suspends_at) == (
        "suspended", office.clock.at, office.clock.at,
    )  # fmt: skip
    assert found.expires_at is not None
    assert (found.expires_at - office.clock.at).days == 36
    await office.pay(study_session_id)
    assert await office.news(study_session_id) == ["past_due", "suspended", "restored"]
    await audit(office.parts.database)


async def test_p16_a_period_that_is_lost_before_activation_suspends_at_once_then(
    office: Office,
) -> None:
    study_session_id = await office.study_session()
    await office.pay(study_session_id)
    payment_id = (await office.get(study_session_id)).payment_id
    await apply(office.parts.database, said(payment_id, "lost"))
    assert (await office.get(study_session_id)).state == "pending"
    await office.activate(study_session_id)
    assert await office.news(study_session_id) == ["past_due", "suspended"]


async def test_p16_a_lost_renewal_that_has_not_begun_leaves_the_period_before(
    office: Office,
) -> None:
    study_session_id = await office.opened()
    before = (await office.get(study_session_id)).ends_at
    office.clock.at += 20 * DAY
    renewal = await office.intend(study_session_id)
    await office.arrive(renewal)
    assert (await office.get(study_session_id)).ends_at != before
    await apply(office.parts.database, said(renewal, "lost"))
    found = await office.get(study_session_id)
    assert (found.state, found.ends_at) == ("active", before)


async def test_p16_a_lost_period_of_before_leaves_the_class_what_was_paid_since(
    office: Office,
) -> None:
    study_session_id = await office.opened()
    first = (await office.get(study_session_id)).payment_id
    office.clock.at += 20 * DAY
    await office.pay(study_session_id)
    before = await office.get(study_session_id)
    await apply(office.parts.database, said(first, "lost"))
    found = await office.get(study_session_id)
    assert (found.state, found.ends_at) == ("active", before.ends_at)


async def test_p16_a_freeze_by_an_admin_outlives_a_dispute(office: Office) -> None:
    top_up_id = await fill(office.parts.database, office.tutor.id, PRICE)
    wallet = await wallet_of(office.parts.database, office.tutor.id)
    await freeze(office.parts.database, wallet.id)
    await apply(office.parts.database, said(top_up_id, "needs_response"))
    await apply(office.parts.database, said(top_up_id, "won"))
    found = await wallet_of(office.parts.database, office.tutor.id)
    assert (found.frozen, found.disputes, found.frozen_reason) == (True, 0, "A test.")
    assert await money_of(office.parts.database, office.tutor.id) == (PRICE, 0)


async def test_p16_an_old_answer_changes_nothing_and_a_bank_may_give_up_late(
    office: Office,
) -> None:
    study_session_id = await office.opened()
    payment_id = (await office.get(study_session_id)).payment_id
    sayings = [said(payment_id, one) for one in ("lost", "needs_response", "lost", "won", "lost")]
    assert await apply(office.parts.database, *sayings) == [True, False, False, True, False]
    assert await books(office.parts.database) == (-PRICE, PRICE, 0)
    assert await told(office.parts.database) == [("ended", "lost"), ("ended", "won")]


@pytest.mark.parametrize(
    "changes",
    [{"amount": PRICE + 1}, {"currency": "eur"}, {"payment_intent": "pi_unknown"}, {"amount": 0}],
)
async def test_p16_what_does_not_fit_our_payment_changes_nothing(
    office: Office, changes: dict[str, object]
) -> None:
    study_session_id = await office.opened()
    payment_id = (await office.get(study_session_id)).payment_id
    answer = said(payment_id, "needs_response", **changes)
    assert await apply(office.parts.database, answer) == [False]
    assert await disputes(office.parts.database) == []


async def test_p16_ten_answers_at_once_have_one_effect(office: Office) -> None:
    study_session_id = await office.opened()
    payment_id = (await office.get(study_session_id)).payment_id
    news = await asyncio.gather(
        *(apply(office.parts.database, said(payment_id, "needs_response")) for _ in range(10))
    )
    assert sum(one for [one] in news) == 1
    assert await books(office.parts.database) == (0, PRICE, -PRICE)
    await audit(office.parts.database)


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    of_payment=st.lists(st.sampled_from(STATUSES), max_size=5),
    of_top_up=st.lists(st.sampled_from(STATUSES), max_size=5),
    amount=st.integers(1, PRICE),
    spent=st.booleans(),
)
async def test_p16_the_books_are_whole_whatever_a_bank_says(
    office: Office, of_payment: list[str], of_top_up: list[str], amount: int, *, spent: bool
) -> None:
    study_session_id = await office.opened()
    payment_id = (await office.get(study_session_id)).payment_id
    top_up_id = await fill(office.parts.database, office.tutor.id, PRICE)
    if spent:
        await _spend(office)
    for one in of_payment:
        await apply(office.parts.database, said(payment_id, one, amount=amount))
    for one in of_top_up:
        await apply(office.parts.database, said(top_up_id, one))
    await audit(office.parts.database)
    assert min(await money_of(office.parts.database, office.tutor.id)) >= 0


async def _spend(office: Office) -> None:
    """Pays for a class with all that is in the wallet, unless an open dispute of an earlier example
    has frozen it or left too little.
    """
    order = {"plan_id": str(MONTH), "study_session_id": str(await office.study_session())}
    answer = await office.client.post(
        "/v1/wallet-payments", json=order, headers=office.tutor.headers
    )
    assert answer.status_code in (201, 402, 423), answer.text
