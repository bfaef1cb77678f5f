"""Money into a wallet by Stripe's page (P7): once, whatever is lost, repeated or wrong."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from libs.ids import new_id
from tests.payment_service.shop import Shop, event
from tests.payment_service.wallets.bank import freeze, wallet_of
from tests.payment_service.wallets.paying_in import (
    AMOUNT,
    COMPLETED,
    ask,
    balance,
    becomes,
    begun,
    later,
    paid,
    top_up,
    top_ups,
)
from tests.stack import eventually

# The SDK's httpx client still hands its form over as `data=`.
pytestmark = pytest.mark.filterwarnings("ignore:Use 'content=:DeprecationWarning")


async def test_p7_what_is_paid_in_is_in_the_wallet(shop: Shop) -> None:
    user, opened = await begun(shop)
    assert (opened["amount"], opened["currency"], opened["status"]) == (AMOUNT, "INR", "open")
    [session] = await shop.sessions()
    assert (session.amount_total, session.currency) == (AMOUNT, "inr")
    assert session.client_reference_id == opened["id"]
    assert session.metadata is not None
    assert session.metadata["top_up_id"] == opened["id"]
    assert await balance(shop, user) == 0
    await shop.press(opened["checkout_url"], "pay")
    made = await becomes(shop, "paid")
    assert await balance(shop, user) == AMOUNT
    shown = await shop.client.get(f"/v1/wallet/top-ups/{made.id}", headers=user.headers)
    assert (shown.json()["status"], shown.json()["checkout_url"]) == ("paid", None)
    listed = await shop.client.get("/v1/wallet/top-ups", headers=user.headers)
    assert listed.json()["items"] == [shown.json()]
    wallet = await wallet_of(shop.parts.database, user.id)
    [told] = await shop.events(wallet.id)
    assert told["type"] == "studyzed.wallet.topped_up"
    assert told["data"] == {
        "revision": 2, "wallet_id": str(wallet.id), "owner_id": str(user.id),
        "top_up_id": str(made.id), "amount": AMOUNT, "currency": "INR",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "code", "pointer"),
    [
        ({"amount": 99}, "amount_out_of_range", "/amount"),
        ({"amount": 100_000_01}, "amount_out_of_range", "/amount"),
        ({"currency": "USD"}, "currency_not_taken", "/currency"),
        ({"amount": 0}, "invalid", "/amount"),
        ({"amount": "1000"}, "invalid", "/amount"),
        ({"amount": 1000.5}, "invalid", "/amount"),
        ({"owner_id": "x"}, "invalid", "/owner_id"),
    ],
)
async def test_p7_sums_and_currencies_have_limits(
    shop: Shop, changes: dict[str, Any], code: str, pointer: str
) -> None:
    answer = await ask(shop, shop.stack.as_user("tutor"), **changes)
    assert (answer.status_code, answer.json()["code"]) == (422, code)
    assert [field["pointer"] for field in answer.json()["fields"]] == [pointer]
    assert await top_ups(shop) == []


@pytest.mark.parametrize("amount", [1_00, 100_000_00])
async def test_p7_the_limits_themselves_are_taken(shop: Shop, amount: int) -> None:
    answer = await ask(shop, shop.stack.as_user("tutor"), amount=amount)
    assert (answer.status_code, answer.json()["amount"]) == (201, amount)


async def test_p_a5_the_same_key_opens_one_page(shop: Shop) -> None:
    user = shop.stack.as_user("student")
    first = await ask(shop, user, "k1")
    again = await ask(shop, user, "k1")
    assert (again.text, again.headers["idempotency-replayed"]) == (first.text, "true")
    reused = await ask(shop, user, "k1", amount=AMOUNT + 1)
    assert (reused.status_code, reused.json()["code"]) == (422, "idempotency_key_reused")
    assert len(await shop.sessions()) == len(await top_ups(shop)) == 1


async def test_p7_a_declined_card_leaves_the_page_open(shop: Shop) -> None:
    user, opened = await begun(shop)
    await shop.press(opened["checkout_url"], "decline")
    await becomes(shop, "declined")
    await shop.press(opened["checkout_url"], "pay")
    await becomes(shop, "paid")
    assert await balance(shop, user) == AMOUNT


async def test_p7_an_expired_page_takes_no_money(shop: Shop) -> None:
    user, _ = await begun(shop)
    [session] = await shop.sessions()
    await shop.stand.stripe().v1.checkout.sessions.expire_async(session.id)
    await becomes(shop, "expired")
    assert await balance(shop, user) == 0


async def test_p7_money_that_comes_late_counts(shop: Shop) -> None:
    user, _ = await begun(shop)
    made = await top_up(shop)
    await shop.deliver(event("checkout.session.expired", paid(made, status="expired",
        payment_status="unpaid", payment_intent=None)))  # fmt: skip
    assert (await top_up(shop)).status == "expired"
    await shop.deliver(event(COMPLETED, paid(made)))
    assert (await top_up(shop)).status == "paid"
    assert await balance(shop, user) == AMOUNT


async def test_p7_the_sweeper_heals_a_lost_webhook(shop: Shop) -> None:
    user, opened = await begun(shop)
    await shop.control(webhooks="hold")
    await shop.press(opened["checkout_url"], "pay")
    await later(shop, timedelta(seconds=31))
    assert (await top_up(shop)).status == "open"  # looked at a moment ago
    await later(shop, timedelta(minutes=5))
    assert (await top_up(shop)).status == "paid"
    await shop.control(webhooks="release")

    async def both_came() -> bool:
        return await shop.outcomes() == ["unchanged", "unchanged"]

    await eventually(both_came)
    assert await balance(shop, user) == AMOUNT


async def test_p_a5_a_lost_answer_is_finished_by_the_sweeper_under_its_key(shop: Shop) -> None:
    user = shop.stack.as_user("tutor")
    await shop.control(lose_next=3)
    answer = await ask(shop, user, "k1")
    assert (answer.status_code, answer.json()["code"]) == (503, "provider_unavailable")
    await later(shop, timedelta(seconds=31))
    made = await top_up(shop)
    [session] = await shop.sessions()
    assert (made.status, made.stripe_session_id) == ("open", session.id)


async def test_p7_an_intent_that_stripe_never_took_fails_and_is_kept(shop: Shop) -> None:
    user = shop.stack.as_user("tutor")
    await shop.control(fail_next=3)
    assert (await ask(shop, user)).status_code == 503
    assert (await top_up(shop)).status == "created"
    await later(shop, timedelta(minutes=61))
    assert (await top_up(shop)).status == "failed"
    assert await shop.sessions() == []


async def test_p7_a_refusal_of_stripe_is_final_for_that_intent(shop: Shop) -> None:
    settings = shop.settings.model_copy(update={"public_url": "not an address"})
    object.__setattr__(shop.parts.gateway, "_settings", settings)
    answer = await ask(shop, shop.stack.as_user("tutor"), "k1")
    assert (answer.status_code, answer.json()["code"]) == (409, "checkout_refused")
    assert (await top_up(shop)).status == "failed"


async def test_p_a12_a_frozen_wallet_can_be_topped_up(shop: Shop) -> None:
    user, opened = await begun(shop)
    await shop.press(opened["checkout_url"], "pay")
    await becomes(shop, "paid")
    await freeze(shop.parts.database, (await wallet_of(shop.parts.database, user.id)).id)
    second = await ask(shop, user, amount=5_00)
    await shop.press(second.json()["checkout_url"], "pay")

    async def came() -> bool:
        return await balance(shop, user) == AMOUNT + 5_00

    await eventually(came)


async def test_p7_foreign_and_missing_top_ups_look_the_same(shop: Shop) -> None:
    _, opened = await begun(shop)
    other = shop.stack.as_user("tutor")
    for wanted in (UUID(opened["id"]), new_id()):
        answer = await shop.client.get(f"/v1/wallet/top-ups/{wanted}", headers=other.headers)
        assert (answer.status_code, answer.json()["code"]) == (404, "top_up_not_found")


async def test_p7_a_refund_by_hand_of_a_top_up_is_suspicious(shop: Shop) -> None:
    _, opened = await begun(shop)
    await shop.press(opened["checkout_url"], "pay")
    made = await becomes(shop, "paid")
    charge = {"id": "ch_1", "object": "charge", "refunded": True,
              "payment_intent": made.payment_intent}  # fmt: skip
    await shop.deliver(event("charge.refunded", charge))
    assert (await shop.outcomes())[-1] == "suspicious"
