"""Webhooks: signed as Stripe signs, repeated until 2xx, held, released and sent again."""

import asyncio
import json
from typing import Any

import pytest
import stripe

from deploy.local.vendors.stripe.webhooks import pause_after
from tests.deploy.vendors.running import WEBHOOK_SECRET, Stand, eventually

# The SDK's httpx client still hands its form over as `data=`.
pytestmark = pytest.mark.filterwarnings("ignore:Use 'content=:DeprecationWarning")


async def pay(stand: Stand) -> str:
    body: Any = {"amount": 5, "currency": "eur", "payment_method": "pm_card_visa", "confirm": True}
    return (await stand.stripe().v1.payment_intents.create_async(body)).id


async def listed(stand: Stand, kind: str) -> dict[str, Any]:
    events = (await stand.http.get(f"{stand.base}/dev/stripe/events")).json()
    found: dict[str, Any] = next(event for event in events if event["type"] == kind)
    return found


async def test_signature_is_accepted_by_the_sdk(stand: Stand) -> None:
    intent = await pay(stand)
    await stand.hooks.wait(1)
    header, body = stand.hooks.got[0]
    event = stripe.Webhook.construct_event(body, header, WEBHOOK_SECRET)
    assert event.type == "payment_intent.succeeded"
    assert event.data.object["id"] == intent
    assert event.request is not None
    assert event.request.id is not None


async def test_signature_is_refused_with_another_secret_or_body_or_age(stand: Stand) -> None:
    await pay(stand)
    await stand.hooks.wait(1)
    header, body = stand.hooks.got[0]
    changed = body.replace(b'"amount": 5', b'"amount": 6')
    assert changed != body
    aged = header.replace("t=1", "t=0", 1)
    for args in ((body, header, "other"), (changed, header, WEBHOOK_SECRET)):
        with pytest.raises(stripe.SignatureVerificationError):
            stripe.Webhook.construct_event(*args)
    with pytest.raises(stripe.SignatureVerificationError):
        stripe.Webhook.construct_event(body, aged, WEBHOOK_SECRET)


async def test_repeated_until_2xx(stand: Stand) -> None:
    stand.hooks.answers = [500, 302, 404]
    await pay(stand)
    await stand.hooks.wait(4)
    assert len({body for _, body in stand.hooks.got}) == 1
    await asyncio.sleep(0.1)
    event = await listed(stand, "payment_intent.succeeded")
    assert (event["state"], event["attempts"], event["outcome"]) == ("delivered", 4, "HTTP 200")
    assert len(stand.hooks.got) == 4


async def test_one_refused_webhook_does_not_hold_up_others(stand: Stand) -> None:
    stand.hooks.answers = [500]
    first = await pay(stand)
    await stand.hooks.wait(1)
    second = await pay(stand)
    await stand.hooks.wait(3)
    order = [first.encode() in body for _, body in stand.hooks.got]
    assert order == [True, False, True]
    assert second.encode() in stand.hooks.got[1][1]


async def test_held_and_released(stand: Stand) -> None:
    control = f"{stand.base}/dev/stripe/control"
    await stand.http.post(control, json={"webhooks": "hold"})
    await pay(stand)
    await asyncio.sleep(0.2)
    assert stand.hooks.got == []
    await stand.http.post(control, json={"webhooks": "release"})
    await eventually(lambda: stand.hooks.types() == ["payment_intent.succeeded"])


async def test_resend(stand: Stand) -> None:
    await pay(stand)
    await stand.hooks.wait(1)
    event = await listed(stand, "payment_intent.succeeded")
    for count in range(2, 5):
        url = f"{stand.base}/dev/stripe/events/{event['id']}/resend"
        assert (await stand.http.post(url)).status_code == 202
        await stand.hooks.wait(count)
    assert len({body for _, body in stand.hooks.got}) == 2  # pending_webhooks 1, then 0
    missing = await stand.http.post(f"{stand.base}/dev/stripe/events/evt_none/resend")
    assert missing.status_code == 404


async def test_refund_is_told(stand: Stand) -> None:
    intent = await pay(stand)
    await stand.stripe().v1.refunds.create_async({"payment_intent": intent})
    await eventually(lambda: "charge.refunded" in stand.hooks.types())


def test_pauses_grow_to_half_a_minute() -> None:
    assert [pause_after(n) for n in (1, 2, 3)] == [0.25, 0.5, 1.0]
    assert pause_after(50) == 30.0


@pytest.mark.parametrize(
    ("ordered", "statuses", "told"),
    [
        ("succeeded", [], ["charge.refunded"]),
        ("pending", ["succeeded"], ["charge.refunded", "refund.updated"]),
        ("pending", ["failed"], ["charge.refunded", "refund.updated", "refund.failed"]),
        ("succeeded", ["failed"], ["charge.refunded", "refund.updated", "refund.failed"]),
        ("failed", ["succeeded"], ["charge.refunded", "refund.updated", "refund.failed"]),
    ],
)
async def test_a_refund_goes_on_at_the_bank(
    stand: Stand, ordered: str, statuses: list[str], told: list[str]
) -> None:
    """A failed one is on the charge again, and stays failed."""
    intent, client = await pay(stand), stand.stripe()
    await stand.http.post(f"{stand.base}/dev/stripe/control", json={"refunds": ordered})
    refund = await client.v1.refunds.create_async({"payment_intent": intent})
    for status in statuses:
        await stand.http.post(f"{stand.base}/dev/stripe/refunds/{refund.id}/{status}")
    await stand.hooks.wait(1 + len(told))
    kinds = [stripe.Event.construct_from(json.loads(body), "").type for _, body in stand.hooks.got]
    assert sorted(kinds) == sorted(["payment_intent.succeeded", *told])
    must = "failed" if "refund.failed" in told else "succeeded"
    shown = await client.v1.refunds.retrieve_async(refund.id)
    assert shown.status == must
    [charge] = (await client.v1.charges.list_async({"payment_intent": intent})).data
    assert (charge.refunded, charge.amount_refunded) == (
        (False, 0) if must == "failed" else (True, 5)
    )
