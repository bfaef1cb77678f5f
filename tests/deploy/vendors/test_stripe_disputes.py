"""The real Stripe SDK against the stand-in's disputes (P23)."""

import pytest
import stripe

from tests.deploy.vendors.running import Stand
from tests.deploy.vendors.test_stripe_api import captured

# The SDK's httpx client still hands its form over as `data=`.
pytestmark = pytest.mark.filterwarnings("ignore:Use 'content=:DeprecationWarning")


async def _dev(stand: Stand, path: str) -> dict[str, object]:
    answer = await stand.http.post(f"{stand.base}/dev/stripe/{path}")
    found: dict[str, object] = answer.json()
    return found


async def test_a_dispute_has_stripes_shape_and_takes_the_money(stand: Stand) -> None:
    client = stand.stripe()
    intent_id = await captured(client)
    made = await _dev(stand, f"payment_intents/{intent_id}/dispute")
    dispute = await client.v1.disputes.retrieve_async(str(made["id"]))
    assert (dispute.object, dispute.amount, dispute.currency) == ("dispute", 1000, "eur")
    assert (dispute.status, dispute.payment_intent) == ("needs_response", intent_id)
    assert dispute.evidence_details.due_by == dispute.created + 9 * 86_400
    [taken] = dispute.balance_transactions
    assert (taken.amount, taken.fee, taken.net) == (-1000, 1500, -2500)
    with pytest.raises(stripe.InvalidRequestError) as refused:
        await client.v1.refunds.create_async({"payment_intent": intent_id})
    assert refused.value.code == "charge_disputed"
    listed = await client.v1.disputes.list_async({"payment_intent": intent_id})
    assert [one.id for one in listed.data] == [dispute.id]


async def test_evidence_is_sent_until_the_bank_decides(stand: Stand) -> None:
    client = stand.stripe()
    made = await _dev(stand, f"payment_intents/{await captured(client)}/dispute")
    dispute_id = str(made["id"])
    draft = await client.v1.disputes.update_async(
        dispute_id, {"evidence": {"uncategorized_text": "They came."}, "submit": False}
    )
    assert (draft.status, draft.evidence_details.submission_count) == ("needs_response", 0)
    sent = await client.v1.disputes.update_async(dispute_id, {"submit": True})
    assert (sent.status, sent.evidence_details.submission_count) == ("under_review", 1)
    won = await _dev(stand, f"disputes/{dispute_id}/won")
    assert won["status"] == "won"
    assert [one["amount"] for one in won["balance_transactions"]] == [-1000, 1000]  # type: ignore[attr-defined]
    with pytest.raises(stripe.InvalidRequestError) as refused:
        await client.v1.disputes.update_async(dispute_id, {"submit": True})
    assert refused.value.code == "dispute_already_closed"
    kinds = [
        one["type"]
        for one in (await stand.http.get(f"{stand.base}/dev/stripe/events")).json()
        if one["object"] == dispute_id
    ]
    assert list(reversed(kinds)) == [
        "charge.dispute.created",
        "charge.dispute.funds_withdrawn",
        "charge.dispute.updated",
        "charge.dispute.updated",
        "charge.dispute.funds_reinstated",
        "charge.dispute.closed",
    ]


async def test_an_inquiry_takes_nothing_and_may_become_a_dispute(stand: Stand) -> None:
    client = stand.stripe()
    intent_id = await captured(client)
    made = await _dev(stand, f"payment_intents/{intent_id}/dispute?inquiry&amount=400")
    assert (made["status"], made["amount"]) == ("warning_needs_response", 400)
    assert made["balance_transactions"] == []
    grown = await _dev(stand, f"disputes/{made['id']}/needs_response")
    assert grown["status"] == "needs_response"
    same = await _dev(stand, f"disputes/{made['id']}/warning_closed")
    assert same["status"] == "needs_response"
    unknown = await stand.http.post(f"{stand.base}/dev/stripe/payment_intents/pi_no/dispute")
    assert unknown.status_code == 404
