"""What is refunded by hand at the provider, beside our own refunds (P8, P17)."""

import pytest

from payment_service.checkouts.errors import ProviderUnavailable
from payment_service.reconciliations import repository
from payment_service.reconciliations.states import Sums, compare
from tests.payment_service.refunds.desk import (
    at_stripe,
    bank,
    given,
    in_wallet,
    paid_class,
    refunds,
    sweep,
    work,
)
from tests.payment_service.shop import Shop, event
from tests.stack import eventually

# The SDK's httpx client still hands its form over as `data=`.
pytestmark = pytest.mark.filterwarnings("ignore:Use 'content=:DeprecationWarning")


async def test_p8_a_refund_by_hand_beside_ours_is_suspicious(shop: Shop) -> None:
    _, study_session_id = await paid_class(shop)
    payment = await shop.payment(study_session_id)
    await given(shop, payment.id, amount=100)
    await work(shop)
    by_hand = await shop.stand.stripe().v1.refunds.create_async(
        {"payment_intent": str(payment.payment_intent), "amount": 50}
    )

    async def told() -> bool:
        return "suspicious" in await shop.outcomes()  # the charge says that more has gone

    await eventually(told)
    thing = {"id": by_hand.id, "status": "succeeded", "payment_intent": payment.payment_intent}
    await shop.deliver(event("refund.created", thing))
    assert (await shop.outcomes())[-1] == "suspicious"
    assert await shop.count("refunds") == 1


async def test_p8_what_was_given_by_hand_counts_for_one_refund_only(shop: Shop) -> None:
    """All of it went back by hand: of two refunds that Stripe refuses, one is settled by that."""
    _, study_session_id = await paid_class(shop)
    payment = await shop.payment(study_session_id)
    client = shop.stand.stripe()
    await client.v1.refunds.create_async({"payment_intent": str(payment.payment_intent)})
    for amount in (30_000, 19_900):
        await given(shop, payment.id, amount=amount)
    await work(shop)
    found = await refunds(shop, study_session_id)
    assert sorted(one.state for one in found) == ["failed", "succeeded"]


async def test_p8_a_part_by_hand_is_not_taken_for_ours_that_was_never_made(shop: Shop) -> None:
    """Our call fails; before it is repeated, a part of as much stands there, by hand."""
    _, study_session_id = await paid_class(shop)
    payment = await shop.payment(study_session_id)
    by_hand = await shop.stand.stripe().v1.refunds.create_async(
        {"payment_intent": str(payment.payment_intent), "amount": 700}
    )
    await given(shop, payment.id, amount=700)
    await shop.control(fail_next=3)
    with pytest.raises(ProviderUnavailable):
        await work(shop)
    await sweep(shop)
    [done] = await refunds(shop, study_session_id)
    assert (done.state, done.attempts, done.stripe_refund_id == by_hand.id) == (
        "succeeded", 2, False,
    )  # fmt: skip
    assert [one.amount for one in await at_stripe(shop, study_session_id)] == [700, 700]


async def test_p8_a_reconciliation_finds_no_difference_in_parts_and_wallets(shop: Shop) -> None:
    tutor, study_session_id = await paid_class(shop)
    payment = await shop.payment(study_session_id)
    for amount, place in ((100, "provider"), (200, "wallet"), (300, "provider")):
        await given(shop, payment.id, amount=amount, destination=place)
    await work(shop)
    last = (await refunds(shop, study_session_id))[-1]
    await bank(shop, last.stripe_refund_id, "failed")

    async def moved() -> bool:
        await work(shop)
        return await in_wallet(shop, tutor) == 500

    await eventually(moved)
    theirs = await shop.parts.gateway.sums(str(payment.payment_intent))
    async with shop.parts.database.transaction() as session:
        ours = await repository.get_known(session, payment.id)
    assert theirs == Sums(49_900, 100)
    assert compare(ours, theirs) == []
