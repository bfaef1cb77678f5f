"""Disputes of the stand-in, by the real Stripe SDK (P16, P23)."""

import asyncio
import json
from typing import Any

import pytest
import stripe

from tests.deploy.vendors.running import Stand
from tests.deploy.vendors.test_stripe_api import captured

# The SDK's httpx client still hands its form over as `data=`.
pytestmark = pytest.mark.filterwarnings("ignore:Use 'content=:DeprecationWarning")
OPENED = ["charge.dispute.created", "charge.dispute.funds_withdrawn"]


async def dispute(stand: Stand, intent: str, status: int = 201, **wanted: Any) -> dict[str, Any]:
    path = f"{stand.base}/dev/stripe/payment_intents/{intent}/disputes"
    answer = await stand.http.post(path, json=wanted)
    assert answer.status_code == status, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def end(stand: Stand, dispute_id: str, status: str) -> dict[str, Any]:
    answer = await stand.http.post(f"{stand.base}/dev/stripe/disputes/{dispute_id}/{status}")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def told(stand: Stand) -> list[str]:
    kinds = [json.loads(body)["type"] for _, body in stand.hooks.got]
    return [kind for kind in kinds if kind.startswith("charge.dispute.")]


async def test_p16_a_dispute_has_stripes_shape(stand: Stand) -> None:
    client, intent = stand.stripe(), await captured(stand.stripe())
    opened = await dispute(stand, intent, reason="product_not_received")
    found = await client.v1.disputes.retrieve_async(opened["id"])
    assert (found.object, found.amount, found.currency) == ("dispute", 1000, "eur")
    assert (found.status, found.reason) == ("needs_response", "product_not_received")
    assert (found.payment_intent, found.is_charge_refundable) == (intent, False)
    assert found.evidence_details.due_by == found.created + 7 * 86_400
    [moved] = found.balance_transactions
    assert (moved.amount, moved.fee, moved.net) == (-1000, 1500, -2500)
    [charge] = (await client.v1.charges.list_async({"payment_intent": intent})).data
    assert charge.disputed is True
    other = await captured(client)
    listed = await client.v1.disputes.list_async({"payment_intent": intent})
    assert [one.id for one in listed.data] == [opened["id"]]
    assert (await client.v1.disputes.list_async({"payment_intent": other})).data == []


@pytest.mark.parametrize(
    ("inquiry", "ends", "sums", "kinds"),
    [
        (False, ["lost", "won"], [-400], [*OPENED, "charge.dispute.closed"]),
        (
            False,
            ["won", "lost"],
            [-400, 400],
            [*OPENED, "charge.dispute.closed", "charge.dispute.funds_reinstated"],
        ),
        (True, ["won", "warning_closed"], [], ["charge.dispute.created", "charge.dispute.closed"]),
        (
            True,
            ["needs_response", "warning_closed", "lost"],
            [-400],
            [*OPENED, "charge.dispute.updated", "charge.dispute.closed"],
        ),
    ],
)
async def test_p16_a_bank_ends_it_once(
    stand: Stand, inquiry: bool, ends: list[str], sums: list[int], kinds: list[str]
) -> None:
    intent = await captured(stand.stripe())
    opened = await dispute(stand, intent, amount=400, inquiry=inquiry)
    for status in ends:
        last = await end(stand, opened["id"], status)
    assert [one["amount"] for one in last["balance_transactions"]] == sums
    await stand.hooks.wait(1 + len(kinds))
    assert sorted(told(stand)) == sorted(kinds)


async def test_p16_evidence_is_sent_once_under_a_key(stand: Stand) -> None:
    client, intent = stand.stripe(), await captured(stand.stripe())
    opened = await dispute(stand, intent)
    text = "They were in every lesson. " * 400
    for _ in range(2):
        found = await client.v1.disputes.update_async(
            opened["id"], {"evidence": {"uncategorized_text": text}}, {"idempotency_key": "e-1"}
        )
    assert found.status == "under_review"
    assert found.evidence.uncategorized_text in (text, text.strip())
    details = found.evidence_details
    assert (details.submission_count, details.has_evidence) == (1, True)
    await end(stand, opened["id"], "lost")
    with pytest.raises(stripe.InvalidRequestError, match="closed"):
        await client.v1.disputes.update_async(
            opened["id"], {"evidence": {"uncategorized_text": "Late."}}
        )


async def test_p16_staged_evidence_and_giving_in(stand: Stand) -> None:
    client, intent = stand.stripe(), await captured(stand.stripe())
    opened = await dispute(stand, intent)
    staged = await client.v1.disputes.update_async(
        opened["id"], {"evidence": {"customer_name": "A. Person"}, "submit": False}
    )
    assert (staged.status, staged.evidence_details.submission_count) == ("needs_response", 0)
    assert (await client.v1.disputes.close_async(opened["id"])).status == "lost"
    with pytest.raises(stripe.InvalidRequestError, match="already closed"):
        await client.v1.disputes.close_async(opened["id"])


@pytest.mark.parametrize(
    ("inquiry", "status", "refundable"),
    [(False, None, False), (False, "lost", False), (False, "won", True), (True, None, True)],
)
async def test_p16_what_is_disputed_is_not_refunded(
    stand: Stand, inquiry: bool, status: str | None, refundable: bool
) -> None:
    client, intent = stand.stripe(), await captured(stand.stripe())
    opened = await dispute(stand, intent, inquiry=inquiry)
    if status is not None:
        await end(stand, opened["id"], status)
    if refundable:
        made = await client.v1.refunds.create_async({"payment_intent": intent})
        assert made.status == "succeeded"
        return
    with pytest.raises(stripe.InvalidRequestError) as caught:
        await client.v1.refunds.create_async({"payment_intent": intent})
    assert caught.value.code == "charge_disputed"


async def test_p16_what_cannot_be_disputed(stand: Stand) -> None:
    intent = await captured(stand.stripe())
    await dispute(stand, intent, 422, sum=5)
    await dispute(stand, intent, 422, amount="5")
    await dispute(stand, intent, 400, amount=1_001)
    await dispute(stand, intent, 400, reason="weather")
    await dispute(stand, "pi_unknown", 404)
    open_ = await stand.stripe().v1.payment_intents.create_async({"amount": 5, "currency": "eur"})
    await dispute(stand, open_.id, 400)
    answer = await stand.http.post(f"{stand.base}/dev/stripe/disputes/du_unknown/won")
    assert answer.status_code == 404
    await asyncio.sleep(0)
    assert told(stand) == []
