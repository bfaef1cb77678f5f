"""What the provider may answer to a refund, at once or days later, and what operators see of it."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from libs.ids import new_id
from payment_service.checkouts.errors import ProviderUnavailable
from tests.payment_service.refunds.desk import (
    age,
    at_stripe,
    listed,
    paid_class,
    refund,
    reject,
    sweep,
    work,
)
from tests.payment_service.shop import Shop, event
from tests.stack import User, eventually

# The SDK's httpx client still hands its form over as `data=`.
pytestmark = pytest.mark.filterwarnings("ignore:Use 'content=:DeprecationWarning")

FIRST = ["subscription.paid", "payments.closed", "refund.requested"]


async def rejected_class(shop: Shop, **control: object) -> tuple[User, UUID]:
    """A class that was paid and then rejected, with faults ordered before anything is refunded."""
    tutor, study_session_id = await paid_class(shop)
    await shop.control(**control)
    await reject(shop, tutor, study_session_id)
    return tutor, study_session_id


async def bank(shop: Shop, study_session_id: UUID, status: str) -> None:
    """The bank's answer to the newest refund."""
    [made, *_] = await at_stripe(shop, study_session_id)
    answer = await shop.stand.http.post(f"{shop.stand.base}/dev/stripe/refunds/{made.id}/{status}")
    assert answer.json()["status"] == status


async def worked_until(shop: Shop, study_session_id: UUID, state: str) -> None:
    """Jobs run until the refund has a state: webhooks bring them."""

    async def look() -> bool:
        await work(shop)
        return (await refund(shop, study_session_id)).state == state

    await eventually(look)


async def test_a_lost_answer_is_looked_up_and_not_asked_for_again(shop: Shop) -> None:
    _, study_session_id = await rejected_class(shop, lose_next=3, webhooks="hold")
    with pytest.raises(ProviderUnavailable):
        await work(shop)
    sent = await refund(shop, study_session_id)
    assert (sent.state, sent.stripe_refund_id) == ("sent", None)
    [made] = await at_stripe(shop, study_session_id)
    await sweep(shop)
    done = await refund(shop, study_session_id)
    assert (done.state, done.stripe_refund_id, done.attempts) == ("succeeded", made.id, 2)
    assert len(await at_stripe(shop, study_session_id)) == 1


async def test_the_webhook_heals_a_lost_answer(shop: Shop) -> None:
    _, study_session_id = await rejected_class(shop, lose_next=3)
    with pytest.raises(ProviderUnavailable):
        await work(shop)
    await worked_until(shop, study_session_id, "succeeded")
    assert len(await at_stripe(shop, study_session_id)) == 1


async def test_what_was_refunded_by_hand_before_ends_well(shop: Shop) -> None:
    """Stripe refuses a second refund (`charge_already_refunded`): the money is back."""
    _, study_session_id = await rejected_class(shop)
    payment = await shop.payment(study_session_id)
    by_hand = await shop.stand.stripe().v1.refunds.create_async(
        {"payment_intent": str(payment.payment_intent)}
    )
    await work(shop)
    done = await refund(shop, study_session_id)
    assert (done.state, done.stripe_refund_id) == ("succeeded", by_hand.id)
    assert len(await at_stripe(shop, study_session_id)) == 1
    assert await shop.kinds(study_session_id) == [*FIRST, "payment.refunded"]


async def test_a_part_refunded_by_hand_is_for_an_operator(shop: Shop) -> None:
    _, study_session_id = await rejected_class(shop)
    payment = await shop.payment(study_session_id)
    client = shop.stand.stripe()
    await client.v1.refunds.create_async(
        {"payment_intent": str(payment.payment_intent), "amount": 100}
    )
    await work(shop)
    failed = await refund(shop, study_session_id)
    assert (failed.state, failed.failure) == ("failed", "InvalidRequestError")
    assert await shop.kinds(study_session_id) == [*FIRST, "refund.failed"]
    [shown] = await listed(shop, "?stuck=true")
    assert (shown["stuck"], shown["failure"]) == ("failed", "InvalidRequestError")
    rest = await client.v1.refunds.create_async({"payment_intent": str(payment.payment_intent)})
    await worked_until(shop, study_session_id, "succeeded")  # the operator gave back the rest
    assert (await refund(shop, study_session_id)).stripe_refund_id == rest.id
    assert await listed(shop, "?stuck=true") == []


async def test_a_pending_refund_ends_by_its_webhook(shop: Shop) -> None:
    _, study_session_id = await rejected_class(shop, refunds="pending")
    await work(shop)
    sent = await refund(shop, study_session_id)
    assert (sent.state, sent.ended_at) == ("sent", None)
    assert sent.stripe_refund_id is not None
    await bank(shop, study_session_id, "succeeded")
    await worked_until(shop, study_session_id, "succeeded")
    assert await shop.kinds(study_session_id) == [*FIRST, "payment.refunded"]
    assert len(await at_stripe(shop, study_session_id)) == 1


async def test_a_pending_refund_ends_without_its_webhook_too(shop: Shop) -> None:
    _, study_session_id = await rejected_class(shop, refunds="pending", webhooks="hold")
    await work(shop)
    await bank(shop, study_session_id, "succeeded")
    await sweep(shop)
    assert (await refund(shop, study_session_id)).state == "sent"  # looked at a moment ago
    await age(shop, timedelta(minutes=5))
    await sweep(shop)
    assert (await refund(shop, study_session_id)).state == "succeeded"


async def test_a_failed_refund_is_tried_again_by_an_operator(shop: Shop) -> None:
    tutor, study_session_id = await rejected_class(shop, refunds="failed")
    await work(shop)
    failed = await refund(shop, study_session_id)
    assert (failed.state, failed.failure) == ("failed", "expired_or_canceled_card")
    assert await shop.kinds(study_session_id) == [*FIRST, "refund.failed"]
    admin, path = shop.stack.as_user("admin"), f"/v1/admin/refunds/{failed.id}/retry"
    await shop.control(refunds="succeeded")
    answer = await shop.client.post(path, headers=admin.headers)
    assert (answer.status_code, (await refund(shop, study_session_id)).state) == (202, "requested")
    again = await shop.client.post(path, headers=admin.headers)
    assert (again.status_code, again.json()["code"]) == (409, "refund_not_failed")
    await worked_until(shop, study_session_id, "succeeded")
    assert [one.status for one in await at_stripe(shop, study_session_id)] == [
        "succeeded", "failed",
    ]  # fmt: skip
    assert await shop.kinds(study_session_id) == [
        *FIRST, "refund.failed", "refund.requested", "payment.refunded",
    ]  # fmt: skip
    unknown = await shop.client.post(f"/v1/admin/refunds/{new_id()}/retry", headers=admin.headers)
    assert (unknown.status_code, unknown.json()["code"]) == (404, "refund_not_found")
    denied = await shop.client.post(path, headers=tutor.headers)
    assert denied.status_code == 403


async def test_late_and_foreign_webhooks_about_refunds(shop: Shop) -> None:
    """The provider is asked before anything is believed; each is tied to its refund."""
    _, study_session_id = await rejected_class(shop, webhooks="hold")
    await work(shop)
    done = await refund(shop, study_session_id)
    ours = {
        "id": done.stripe_refund_id, "object": "refund", "payment_intent": done.payment_intent,
        "metadata": {"refund_id": str(done.id)},
    }  # fmt: skip
    charge = {"id": "ch_1", "refunded": True, "payment_intent": done.payment_intent}
    foreign: dict[str, Any] = {"id": "re_x", "status": "succeeded", "payment_intent": "pi_x"}
    said = {
        "late": event("refund.updated", ours | {"status": "pending"}),
        "untrue": event("refund.failed", ours | {"status": "failed"}),
        "known": event("refund.updated", ours | {"status": "succeeded"}),
        "by the charge": event("charge.refunded", charge),
        "foreign": event("refund.updated", foreign),
        "nobody's": event("charge.refunded", {"id": "ch_2", "refunded": True}),
        "shapeless": event("refund.updated", {"id": 7}),
    }
    for body in said.values():
        assert (await shop.deliver(body)).status_code == 200
    outcomes = dict(zip(said, (await shop.outcomes())[-len(said) :], strict=True))
    assert outcomes == {
        "late": "applied", "untrue": "applied", "known": "unchanged",
        "by the charge": "unchanged", "foreign": "skipped", "nobody's": "skipped",
        "shapeless": "skipped",
    }  # fmt: skip
    await work(shop)
    assert (await refund(shop, study_session_id)).state == "succeeded"
    assert await shop.kinds(study_session_id) == [*FIRST, "payment.refunded"]


async def test_a_refund_by_hand_of_a_class_that_goes_on_is_suspicious(shop: Shop) -> None:
    _, study_session_id = await paid_class(shop)
    payment = await shop.payment(study_session_id)
    await shop.stand.stripe().v1.refunds.create_async(
        {"payment_intent": str(payment.payment_intent)}
    )

    async def told() -> bool:
        return "suspicious" in await shop.outcomes()

    await eventually(told)
    assert (await shop.payment(study_session_id)).status == "paid"
    assert await shop.count("refunds") == 0


async def test_p_a9_what_is_stuck_shows_after_five_minutes(shop: Shop) -> None:
    _, waiting = await rejected_class(shop, refunds="pending")
    await shop.control(fail_next=3)
    with pytest.raises(ProviderUnavailable):
        await work(shop)
    _, pending = await rejected_class(shop)
    await work(shop)
    _, unsent = await rejected_class(shop)
    assert await listed(shop, "?stuck=true") == []
    assert [one["stuck"] for one in await listed(shop)] == [None, None, None]
    await age(shop, timedelta(minutes=5))
    found = {one["study_session_id"]: one["stuck"] for one in await listed(shop, "?stuck=true")}
    assert found == {
        str(unsent): "not_sent", str(pending): "pending", str(waiting): "unanswered",
    }  # fmt: skip
    [one] = await listed(shop, f"?stuck=true&state=requested&study_session_id={unsent}")
    assert (one["amount"], one["currency"], one["reason"], one["attempts"]) == (
        49_900, "INR", "class_rejected", 0,
    )  # fmt: skip
    assert await listed(shop, f"?stuck=true&state=failed&study_session_id={unsent}") == []
