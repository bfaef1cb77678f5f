"""What does not reach the card is in the wallet; a failed refund is settled otherwise (P-A6)."""

import asyncio
from typing import Any
from uuid import UUID

import pytest

from libs.ids import new_id
from payment_service.checkouts.stripe_objects import StripeRefund
from payment_service.refunds import service
from tests.payment_service.invoices.office import invoices
from tests.payment_service.refunds.desk import (
    at_stripe,
    bank,
    give_back,
    given,
    in_wallet,
    listed,
    order,
    paid_class,
    refund,
    refunds,
    reject,
    seen,
    sweep,
    work,
)
from tests.payment_service.shop import Shop, event
from tests.payment_service.wallets.bank import freeze, wallet_of
from tests.stack import User, eventually

# The SDK's httpx client still hands its form over as `data=`.
pytestmark = pytest.mark.filterwarnings("ignore:Use 'content=:DeprecationWarning")

PRICE = 49_900
FIRST = ["subscription.paid", "payments.closed", "refund.requested"]


async def worked_until_in_wallet(shop: Shop, tutor: User, amount: int) -> None:
    """Jobs run until the wallet holds so much: webhooks bring them."""

    async def look() -> bool:
        await work(shop)
        return await in_wallet(shop, tutor) == amount

    await eventually(look)


async def refused(shop: Shop) -> tuple[User, UUID, dict[str, Any]]:
    """A refund by an admin that the provider does not make: too much was given back by hand."""
    tutor, study_session_id = await paid_class(shop)
    payment = await shop.payment(study_session_id)
    await shop.stand.stripe().v1.refunds.create_async(
        {"payment_intent": str(payment.payment_intent), "amount": 100}
    )
    made = await given(shop, payment.id)
    await work(shop)
    assert (await refund(shop, study_session_id)).state == "failed"
    return tutor, study_session_id, made


async def test_p_a6_what_the_bank_sends_back_later_goes_into_the_wallet(shop: Shop) -> None:
    tutor, study_session_id = await paid_class(shop)
    await reject(shop, tutor, study_session_id)
    await work(shop)
    done = await refund(shop, study_session_id)
    await bank(shop, done.stripe_refund_id, "failed")
    await worked_until_in_wallet(shop, tutor, PRICE)
    moved = await refund(shop, study_session_id)
    assert (moved.state, moved.destination, moved.failure) == (
        "succeeded", "wallet", "expired_or_canceled_card",
    )  # fmt: skip
    assert await shop.kinds(study_session_id) == [
        *FIRST, "payment.refunded", "refund.moved_to_wallet",
    ]  # fmt: skip
    told = (await shop.events(study_session_id))[-1]["data"]
    assert (told["amount"], told["currency"], told["revision"]) == (PRICE, "INR", 5)
    assert await listed(shop, "?stuck=true") == []
    assert (await seen(shop, tutor, moved.payment_id))[:2] == (PRICE, "succeeded")
    assert [one.kind for one in await invoices(shop, study_session_id)] == [
        "invoice",
        "credit_note",
    ]


async def test_p_a6_a_pending_refund_that_fails_goes_into_the_wallet(shop: Shop) -> None:
    """It was never with the bank: it leaves nothing, comes back from nowhere, and is credited."""
    tutor, study_session_id = await paid_class(shop)
    payment = await shop.payment(study_session_id)
    await shop.control(refunds="pending")
    await given(shop, payment.id, amount=900)
    await work(shop)
    await bank(shop, (await refund(shop, study_session_id)).stripe_refund_id, "failed")
    await worked_until_in_wallet(shop, tutor, 900)
    assert (await shop.kinds(study_session_id))[1:] == [
        "refund.requested",
        "refund.moved_to_wallet",
    ]
    assert [one.total for one in await invoices(shop, study_session_id)] == [PRICE, 900]


async def test_p_a6_ten_resends_and_many_workers_fill_the_wallet_once(shop: Shop) -> None:
    tutor, study_session_id = await paid_class(shop)
    await reject(shop, tutor, study_session_id)
    await work(shop)
    done = await refund(shop, study_session_id)
    await shop.control(webhooks="hold")
    await bank(shop, done.stripe_refund_id, "failed")
    body = {
        "id": done.stripe_refund_id, "object": "refund", "status": "failed",
        "payment_intent": done.payment_intent, "metadata": {"refund_id": str(done.id)},
    }  # fmt: skip
    for kind in ("refund.failed", "refund.updated", "charge.refund.updated") * 4:
        assert (await shop.deliver(event(kind, body))).status_code == 200
    await asyncio.gather(*(work(shop) for _ in range(5)))
    assert await in_wallet(shop, tutor) == PRICE
    late = event("refund.failed", body)
    await shop.deliver(late)
    assert (await shop.outcomes())[-1] == "unchanged"
    await work(shop)
    assert (await shop.kinds(study_session_id)).count("refund.moved_to_wallet") == 1


async def test_p_a6_p_a12_a_frozen_wallet_takes_it_too(shop: Shop) -> None:
    tutor, study_session_id = await paid_class(shop)
    payment = await shop.payment(study_session_id)
    await given(shop, payment.id, amount=1, destination="wallet")
    await freeze(shop.parts.database, (await wallet_of(shop.parts.database, tutor.id)).id)
    await given(shop, payment.id, amount=300)
    await work(shop)
    [_, on_card] = await refunds(shop, study_session_id)
    await bank(shop, on_card.stripe_refund_id, "failed")
    await worked_until_in_wallet(shop, tutor, 301)


async def test_p_a6_one_of_several_that_comes_back_leaves_the_others(shop: Shop) -> None:
    tutor, study_session_id = await paid_class(shop)
    payment = await shop.payment(study_session_id)
    for amount in (100, 200, 300):
        await given(shop, payment.id, amount=amount)
    await work(shop)
    made = {one.amount: one for one in await refunds(shop, study_session_id)}
    await bank(shop, made[200].stripe_refund_id, "failed")
    await worked_until_in_wallet(shop, tutor, 200)
    places = {one.amount: one.destination for one in await refunds(shop, study_session_id)}
    assert places == {100: "provider", 200: "wallet", 300: "provider"}


async def test_p8_what_the_provider_refuses_is_put_into_the_wallet_by_an_admin(shop: Shop) -> None:
    tutor, study_session_id, made = await refused(shop)
    await order(shop, made["id"], "to-wallet")
    assert await in_wallet(shop, tutor) == PRICE
    again = await order(shop, made["id"], "to-wallet", 409)
    assert again["code"] == "refund_not_failed"
    assert (await shop.kinds(study_session_id))[1:] == [
        "refund.requested", "refund.failed", "refund.moved_to_wallet",
    ]  # fmt: skip
    await work(shop)
    await sweep(shop)
    assert [one.amount for one in await at_stripe(shop, study_session_id)] == [100]
    assert (await order(shop, new_id(), "to-wallet", 404))["code"] == "refund_not_found"


async def test_p8_an_admin_takes_a_failed_refund_back_and_makes_another(shop: Shop) -> None:
    tutor, study_session_id, made = await refused(shop)
    payment_id = UUID(made["payment_id"])
    assert (await give_back(shop, payment_id, amount=1)).json()["code"] == "refund_too_large"
    gone = await order(shop, made["id"], "cancel")
    assert (gone["state"], await seen(shop, tutor, payment_id)) == ("canceled", (0, None, None))
    assert await listed(shop, "?stuck=true") == []
    await given(shop, payment_id, amount=PRICE - 100)
    await work(shop)
    assert [one.state for one in await refunds(shop, study_session_id)] == ["canceled", "succeeded"]
    assert (await shop.kinds(study_session_id))[1:] == [
        "refund.requested", "refund.failed", "refund.canceled", "refund.requested",
        "payment.refunded",
    ]  # fmt: skip
    for what in ("cancel", "to-wallet"):
        assert (await order(shop, made["id"], what, 409))["code"] == "refund_not_failed"


async def test_p8_what_the_payer_has_a_right_to_is_not_taken_back(shop: Shop) -> None:
    tutor, study_session_id = await paid_class(shop)
    await shop.control(refunds="failed")
    await reject(shop, tutor, study_session_id)
    await work(shop)
    failed = await refund(shop, study_session_id)
    assert (await order(shop, failed.id, "cancel", 409))["code"] == "refund_not_cancelable"
    assert (await refund(shop, study_session_id)).state == "failed"


async def test_p8_a_failed_refund_is_settled_once_whoever_orders_what(shop: Shop) -> None:
    tutor, study_session_id, made = await refused(shop)
    admin = shop.stack.as_user("admin")
    answers = await asyncio.gather(*(
        shop.client.post(f"/v1/admin/refunds/{made['id']}/{what}", headers=admin.headers)
        for what in ("to-wallet", "cancel") * 5
    ))  # fmt: skip
    assert sorted(answer.status_code for answer in answers) == [200] + [409] * 9
    done = await refund(shop, study_session_id)
    assert await in_wallet(shop, tutor) == (PRICE if done.state == "succeeded" else 0)


class Died(Exception):
    """Stands for the end of the process."""


@pytest.mark.parametrize(
    "point", ["refunds.after_intent", "refunds.before_result", "refunds.after_result"]
)
async def test_p_a6_whoever_dies_over_what_came_back_it_is_in_the_wallet_once(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, point: str
) -> None:
    """The job, which nobody has acknowledged, comes again."""
    tutor, study_session_id = await paid_class(shop)
    await reject(shop, tutor, study_session_id)
    await work(shop)
    done = await refund(shop, study_session_id)
    await shop.control(webhooks="hold")
    await bank(shop, done.stripe_refund_id, "failed")

    async def die(name: str) -> None:
        if name == point:
            raise Died

    parts = shop.parts
    with monkeypatch.context() as patched:
        patched.setattr(service, "reach", die)
        with pytest.raises(Died):
            await service.settle(parts.database, parts.gateway, done.id)
    for _ in range(2):
        await service.settle(parts.database, parts.gateway, done.id)
    assert await in_wallet(shop, tutor) == PRICE
    assert (await shop.kinds(study_session_id)).count("refund.moved_to_wallet") == 1


async def test_p_a6_two_come_back_at_once_while_the_wallet_pays(shop: Shop) -> None:
    """Locks are taken in one order everywhere: nobody waits for ever."""
    tutor, study_session_id = await paid_class(shop)
    payment = await shop.payment(study_session_id)
    await shop.control(refunds="pending", webhooks="hold")
    for _ in range(6):
        await given(shop, payment.id, amount=5_000)
    await work(shop)
    made = await refunds(shop, study_session_id)
    for one in made:
        await bank(shop, one.stripe_refund_id, "failed")
    parts = shop.parts
    await asyncio.gather(
        *(service.settle(parts.database, parts.gateway, one.id) for one in made),
        *(give_back(shop, payment.id, amount=100, destination="wallet") for _ in range(6)),
    )
    assert await in_wallet(shop, tutor) == 6 * 5_100
    assert await shop.count("refunds") == 12


def test_what_was_called_off_at_the_provider_is_no_banks_doing() -> None:
    """A person has decided so: it is left to an admin, and does not go into a wallet."""
    said = {
        status: StripeRefund.model_validate({"id": "re_1", "status": status}).found()
        for status in ("failed", "canceled", "succeeded", "pending", "requires_action")
    }
    assert {status: (found.state, found.by_bank) for status, found in said.items()} == {
        "failed": ("failed", True), "canceled": ("failed", False),
        "succeeded": ("succeeded", False), "pending": ("sent", False),
        "requires_action": ("sent", False),
    }  # fmt: skip
