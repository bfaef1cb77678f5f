"""Who has paid for a class twice gets the second payment back, once and for certain (P8, P-A4)."""

import asyncio
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import text

from payment_service.checkouts.errors import ProviderUnavailable
from payment_service.refunds.models import Refund
from tests.payment_service.refunds.desk import age, refund, reject, sweep, work
from tests.payment_service.shop import Shop, event, intent_of, session_of
from tests.stack import User, eventually

# The SDK's httpx client still hands its form over as `data=`.
pytestmark = pytest.mark.filterwarnings("ignore:Use 'content=:DeprecationWarning")

SUBSCRIBED = ["subscription.paid", "refund.requested"]


async def two_checkouts(shop: Shop) -> tuple[User, UUID, list[str]]:
    """A class with two checkouts that can be paid: the first was given up here, not at Stripe."""
    tutor, study_session_id, first = await shop.opened()
    async with shop.parts.database.transaction() as session:
        await session.execute(text("UPDATE payments SET status = 'failed'"))
    second = await shop.checkout(tutor, study_session_id)
    assert second.status_code == 201
    return tutor, study_session_id, [first["checkout_url"], second.json()["checkout_url"]]


async def paid_twice(shop: Shop, study_session_id: UUID, urls: list[str]) -> Refund:
    """Both are paid, the second first."""
    for url, expected in zip(reversed(urls), (["failed", "paid"], ["paid", "paid"]), strict=True):
        await shop.press(url, "pay")

        async def heard(wanted: list[str] = expected) -> bool:
            return [one.status for one in await shop.payments(study_session_id)] == wanted

        await eventually(heard)
    return await refund(shop, study_session_id)


async def given_back(shop: Shop, study_session_id: UUID) -> list[list[int]]:
    """What Stripe has given back of each payment of a class, oldest payment first."""
    found = []
    for payment in await shop.payments(study_session_id):
        listed = await shop.stand.stripe().v1.refunds.list_async(
            {"payment_intent": str(payment.payment_intent), "limit": 100}
        )
        found.append([one.amount for one in listed.data])
    return found


async def test_p8_a_second_payment_of_a_class_goes_back(shop: Shop) -> None:
    tutor, study_session_id, urls = await two_checkouts(shop)
    owed = await paid_twice(shop, study_session_id, urls)
    first, second = await shop.payments(study_session_id)
    assert (owed.payment_id, owed.reason, owed.amount) == (first.id, "paid_twice", 49_900)
    assert await shop.kinds(study_session_id) == SUBSCRIBED
    assert await work(shop) == ["payment.refunds.settle"]
    assert (await refund(shop, study_session_id)).state == "succeeded"
    assert await given_back(shop, study_session_id) == [[49_900], []]
    assert await shop.kinds(study_session_id) == [*SUBSCRIBED, "payment.refunded"]
    for payment, back in ((first, "succeeded"), (second, None)):
        shown = await shop.client.get(f"/v1/payments/{payment.id}", headers=tutor.headers)
        assert (shown.json()["status"], shown.json()["refund"]) == ("paid", back)


async def test_p8_webhooks_that_come_again_owe_nothing_more(shop: Shop) -> None:
    _, study_session_id, urls = await two_checkouts(shop)
    await paid_twice(shop, study_session_id, urls)
    for _ in range(3):
        for payment in await shop.payments(study_session_id):
            await shop.deliver(event("checkout.session.completed", session_of(payment)))
            await shop.deliver(event("payment_intent.succeeded", intent_of(payment)))
    await work(shop)
    assert await shop.count("refunds") == 1
    assert await shop.count("subscriptions") == 1
    assert await given_back(shop, study_session_id) == [[49_900], []]


async def test_p8_two_payments_at_once_leave_one_and_give_one_back(shop: Shop) -> None:
    _, study_session_id, urls = await two_checkouts(shop)
    await shop.control(webhooks="hold")
    for url in urls:
        await shop.press(url, "pay")
    payments = await shop.payments(study_session_id)
    bodies = [event("checkout.session.completed", session_of(one)) for one in payments * 3]
    answers = await asyncio.gather(*(shop.deliver(body) for body in bodies))
    assert {answer.status_code for answer in answers} == {200}
    outcomes = await shop.outcomes()
    assert {one: outcomes.count(one) for one in ("applied", "surplus")} == {
        "applied": 1, "surplus": 1,
    }  # fmt: skip
    assert await shop.count("subscriptions") == await shop.count("refunds") == 1
    assert await shop.kinds(study_session_id) == SUBSCRIBED


async def test_p8_a_surplus_goes_back_although_stripe_was_away(shop: Shop) -> None:
    _, study_session_id, urls = await two_checkouts(shop)
    await paid_twice(shop, study_session_id, urls)
    await shop.control(lose_next=3)
    with pytest.raises(ProviderUnavailable):
        await work(shop)
    await age(shop, timedelta(minutes=5))
    await sweep(shop)
    assert (await refund(shop, study_session_id)).state == "succeeded"
    assert await given_back(shop, study_session_id) == [[49_900], []]


async def test_p8_a_class_that_is_rejected_later_gives_both_back_once(shop: Shop) -> None:
    tutor, study_session_id, urls = await two_checkouts(shop)
    await paid_twice(shop, study_session_id, urls)
    await work(shop)
    await reject(shop, tutor, study_session_id)
    await work(shop)
    assert await given_back(shop, study_session_id) == [[49_900], [49_900]]
