"""The real Stripe SDK against the stand-in's API: objects, idempotency, refunds, errors, faults."""

import asyncio
from typing import Any, cast

import pytest
import stripe

from tests.deploy.vendors.running import API_KEY, Stand

# The SDK's httpx client still hands its form over as `data=`.
pytestmark = pytest.mark.filterwarnings("ignore:Use 'content=:DeprecationWarning")

CHECKOUT: dict[str, Any] = {
    "mode": "payment",
    "line_items": [
        {
            "price_data": {
                "currency": "EUR",
                "unit_amount": 2500,
                "product_data": {"name": "Maths 7b, one month"},
            },
            "quantity": 2,
        }
    ],
    "metadata": {"payment_id": "p-1"},
    "payment_intent_data": {"metadata": {"payment_id": "p-1"}},
    "client_reference_id": "p-1",
    "customer_email": "tutor@example.com",
    "success_url": "https://shop.example/done?session={CHECKOUT_SESSION_ID}",
    "cancel_url": "https://shop.example/cancel",
}


async def captured(client: stripe.StripeClient, amount: int = 1000) -> str:
    intent = await client.v1.payment_intents.create_async(
        {"amount": amount, "currency": "eur", "payment_method": "pm_card_visa", "confirm": True}
    )
    assert intent.status == "succeeded"
    return intent.id


async def test_checkout_session_has_stripes_shape(stand: Stand) -> None:
    client = stand.stripe()
    session = await client.v1.checkout.sessions.create_async(cast(Any, CHECKOUT))
    assert session.object == "checkout.session"
    assert session.id.startswith("cs_test_")
    assert (session.amount_total, session.currency) == (5000, "eur")
    assert (session.status, session.payment_status) == ("open", "unpaid")
    assert session.payment_intent is None
    assert session.livemode is False
    assert session.metadata is not None
    assert session.metadata["payment_id"] == "p-1"
    assert session.client_reference_id == "p-1"
    assert session.expires_at == session.created + 24 * 3600
    assert session.url == f"{stand.base}/dev/stripe/checkout/{session.id}"
    again = await client.v1.checkout.sessions.retrieve_async(session.id, {"expand": ["line_items"]})
    assert again.line_items is not None
    assert [line.description for line in again.line_items.data] == ["Maths 7b, one month"]
    assert not [name for name in again.to_dict() if name.startswith("_")]


async def test_sync_client_in_a_thread(stand: Stand) -> None:
    client = stripe.StripeClient(API_KEY, base_addresses={"api": f"{stand.base}/stripe"})
    session = await asyncio.to_thread(client.v1.checkout.sessions.create, cast(Any, CHECKOUT))
    assert session.amount_total == 5000


@pytest.mark.parametrize(
    ("change", "param"),
    [
        ({"success_url": "javascript:alert(1)"}, "success_url"),
        ({"success_url": ""}, "success_url"),
        ({"line_items": []}, "line_items"),
        ({"sucess_url": "https://shop.example"}, "sucess_url"),
        ({"expires_at": 1}, "expires_at"),
        ({"mode": "subscription"}, "mode"),
        ({"customer_email": "nobody"}, "customer_email"),
        ({"metadata": {"key": "x" * 501}}, "metadata[key]"),
    ],
)
async def test_refuses_wrong_parameters_by_name(
    stand: Stand, change: dict[str, Any], param: str
) -> None:
    with pytest.raises(stripe.InvalidRequestError) as caught:
        await stand.stripe().v1.checkout.sessions.create_async(cast(Any, {**CHECKOUT, **change}))
    assert caught.value.http_status == 400
    assert caught.value.param == param
    assert (await stand.stripe().v1.checkout.sessions.list_async()).data == []


async def test_expire_only_when_open(stand: Stand) -> None:
    client = stand.stripe()
    session = await client.v1.checkout.sessions.create_async(cast(Any, CHECKOUT))
    expired = await client.v1.checkout.sessions.expire_async(session.id)
    assert (expired.status, expired.url) == ("expired", None)
    with pytest.raises(stripe.InvalidRequestError, match="can be expired"):
        await client.v1.checkout.sessions.expire_async(session.id)


async def test_session_expires_by_itself(stand: Stand) -> None:
    client = stand.stripe()
    session = await client.v1.checkout.sessions.create_async(cast(Any, CHECKOUT))
    stand.clock.ahead = 24 * 3600 - 2
    assert (await client.v1.checkout.sessions.retrieve_async(session.id)).status == "open"
    stand.clock.ahead = 24 * 3600 + 1
    assert (await client.v1.checkout.sessions.retrieve_async(session.id)).status == "expired"


async def test_same_key_and_parameters_replay_the_answer(stand: Stand) -> None:
    client = stand.stripe()
    create = client.v1.payment_intents.create_async
    options: Any = {"idempotency_key": "pay-1"}
    first = await create({"amount": 500, "currency": "eur", "metadata": {"a": "1"}}, options)
    second = await create({"metadata": {"a": "1"}, "currency": "eur", "amount": 500}, options)
    assert second.id == first.id
    assert first.last_response is not None
    assert second.last_response is not None
    assert "idempotent-replayed" not in first.last_response.headers
    assert second.last_response.headers["idempotent-replayed"] == "true"
    assert second.last_response.headers["original-request"] == first.last_response.request_id
    assert second.last_response.body == first.last_response.body
    assert len((await client.v1.payment_intents.list_async()).data) == 1


async def test_same_key_with_other_parameters_is_an_error(stand: Stand) -> None:
    client = stand.stripe()
    options: Any = {"idempotency_key": "pay-1"}
    await client.v1.payment_intents.create_async({"amount": 500, "currency": "eur"}, options)
    with pytest.raises(stripe.IdempotencyError, match="same parameters") as caught:
        await client.v1.payment_intents.create_async({"amount": 501, "currency": "eur"}, options)
    assert caught.value.http_status == 400
    with pytest.raises(stripe.IdempotencyError, match="same endpoint"):
        await client.v1.customers.create_async({"email": "a@b.example"}, options)


async def test_key_is_forgotten_after_a_day(stand: Stand) -> None:
    create = stand.stripe().v1.payment_intents.create_async
    options: Any = {"idempotency_key": "pay-1"}
    first = await create({"amount": 500, "currency": "eur"}, options)
    stand.clock.ahead = 24 * 3600 + 1
    assert (await create({"amount": 500, "currency": "eur"}, options)).id != first.id


async def test_failed_validation_leaves_the_key_free(stand: Stand) -> None:
    create = stand.stripe().v1.payment_intents.create_async
    options: Any = {"idempotency_key": "pay-1"}
    with pytest.raises(stripe.InvalidRequestError):
        await create({"amount": 0, "currency": "eur"}, options)
    assert (await create({"amount": 5, "currency": "eur"}, options)).amount == 5


async def test_declined_card_is_replayed_too(stand: Stand) -> None:
    create = stand.stripe().v1.payment_intents.create_async
    body: Any = {"amount": 5, "currency": "eur", "confirm": True}
    body["payment_method"] = "pm_card_chargeDeclined"
    for _ in range(2):
        with pytest.raises(stripe.CardError) as caught:
            await create(body, {"idempotency_key": "pay-1"})
        assert (caught.value.http_status, caught.value.code) == (402, "card_declined")
    assert len((await stand.stripe().v1.payment_intents.list_async()).data) == 1


async def test_parallel_calls_with_one_key_make_one_object(stand: Stand) -> None:
    await stand.http.post(f"{stand.base}/dev/stripe/control", json={"delay_ms": 100})
    create = stand.stripe().v1.payment_intents.create_async
    options: Any = {"idempotency_key": "pay-1"}
    calls = [create({"amount": 5, "currency": "eur"}, options) for _ in range(3)]
    results = await asyncio.gather(*calls, return_exceptions=True)
    refused = [each for each in results if isinstance(each, stripe.StripeError)]
    assert [each.http_status for each in refused] == [409, 409]
    codes = {cast(Any, each.json_body)["error"]["code"] for each in refused}
    assert codes == {"idempotency_key_in_use"}
    assert len((await stand.stripe().v1.payment_intents.list_async()).data) == 1


async def test_partial_refunds_never_exceed_the_captured_sum(stand: Stand) -> None:
    client = stand.stripe()
    intent = await captured(client, 1000)
    for amount in (300, 700):
        refund = await client.v1.refunds.create_async({"payment_intent": intent, "amount": amount})
        assert (refund.status, refund.amount, refund.payment_intent) == (
            "succeeded", amount, intent,
        )  # fmt: skip
    with pytest.raises(stripe.InvalidRequestError) as caught:
        await client.v1.refunds.create_async({"payment_intent": intent, "amount": 1})
    assert caught.value.code == "charge_already_refunded"
    listed = await client.v1.refunds.list_async({"payment_intent": intent})
    assert sorted(refund.amount for refund in listed.data) == [300, 700]


async def test_refund_above_the_rest_is_refused(stand: Stand) -> None:
    client = stand.stripe()
    intent = await captured(client, 1000)
    await client.v1.refunds.create_async({"payment_intent": intent, "amount": 600})
    with pytest.raises(stripe.InvalidRequestError, match="greater than unrefunded") as caught:
        await client.v1.refunds.create_async({"payment_intent": intent, "amount": 401})
    assert caught.value.param == "amount"
    rest = await client.v1.refunds.create_async({"payment_intent": intent})
    assert rest.amount == 400


async def test_race_of_twenty_refunds(stand: Stand) -> None:
    client = stand.stripe()
    intent = await captured(client, 1000)
    calls = [
        client.v1.refunds.create_async({"payment_intent": intent, "amount": 90}) for _ in range(20)
    ]
    results = await asyncio.gather(*calls, return_exceptions=True)
    assert sum(isinstance(each, stripe.Refund) for each in results) == 11
    retrieved = await client.v1.payment_intents.retrieve_async(
        intent, {"expand": ["latest_charge"]}
    )
    assert isinstance(retrieved.latest_charge, stripe.Charge)
    assert retrieved.latest_charge.amount_refunded == 990
    assert retrieved.latest_charge.refunded is False


async def test_unpaid_intent_cannot_be_refunded(stand: Stand) -> None:
    client = stand.stripe()
    intent = await client.v1.payment_intents.create_async({"amount": 5, "currency": "eur"})
    assert intent.status == "requires_payment_method"
    with pytest.raises(stripe.InvalidRequestError, match="successful charge"):
        await client.v1.refunds.create_async({"payment_intent": intent.id})


async def test_intent_declined_then_confirmed(stand: Stand) -> None:
    client = stand.stripe()
    intent = await client.v1.payment_intents.create_async({"amount": 900, "currency": "jpy"})
    card = await client.v1.payment_methods.create_async(
        {"type": "card", "card": {"number": "4000000000009995", "exp_month": 12, "exp_year": 2034}}
    )
    confirm = client.v1.payment_intents.confirm_async
    with pytest.raises(stripe.CardError) as caught:
        await confirm(intent.id, {"payment_method": card.id})
    assert caught.value.error is not None
    assert caught.value.error.decline_code == "insufficient_funds"
    paid = await confirm(intent.id, {"payment_method": "pm_card_visa"})
    assert (paid.status, paid.amount_received) == ("succeeded", 900)
    with pytest.raises(stripe.InvalidRequestError) as twice:
        await confirm(intent.id, {"payment_method": "pm_card_visa"})
    assert twice.value.code == "payment_intent_unexpected_state"


async def test_events_are_listed_by_type(stand: Stand) -> None:
    client = stand.stripe()
    intent = await captured(client)
    events = await client.v1.events.list_async({"types": ["payment_intent.succeeded"]})
    assert [event.data.object["id"] for event in events.data] == [intent]
    event = await client.v1.events.retrieve_async(events.data[0].id)
    assert (event.type, event.livemode) == ("payment_intent.succeeded", False)
    one = await client.v1.events.list_async({"limit": 1})
    assert one.has_more
    rest = await client.v1.events.list_async({"starting_after": one.data[0].id})
    assert one.data[0].id not in {event.id for event in rest.data}


async def test_unknown_objects_and_addresses_are_404(stand: Stand) -> None:
    with pytest.raises(stripe.InvalidRequestError) as caught:
        await stand.stripe().v1.payment_intents.retrieve_async("pi_none")
    assert (caught.value.http_status, caught.value.code) == (404, "resource_missing")
    with pytest.raises(stripe.InvalidRequestError, match="/v1/transfers"):
        await stand.stripe().v1.transfers.list_async()


@pytest.mark.parametrize("key", ["sk_live_12345678", "pk_test_12345", "hello"])
async def test_wrong_keys_are_401(stand: Stand, key: str) -> None:
    with pytest.raises(stripe.AuthenticationError) as caught:
        await stand.stripe(key).v1.customers.list_async()
    assert caught.value.http_status == 401
    assert key not in str(caught.value) or len(key) <= 8
    assert (await stand.http.get(f"{stand.base}/stripe/v1/customers")).status_code == 401


async def test_ordered_failures_are_retried_by_the_sdk(stand: Stand) -> None:
    await stand.http.post(f"{stand.base}/dev/stripe/control", json={"fail_next": 1})
    client = stand.stripe(retries=2)
    customer = await client.v1.customers.create_async({"email": "a@b.example"})
    assert customer.email == "a@b.example"


async def test_lost_answer_is_found_again_by_the_key(stand: Stand) -> None:
    await stand.http.post(f"{stand.base}/dev/stripe/control", json={"lose_next": 1})
    client = stand.stripe(retries=2)
    intent = await client.v1.payment_intents.create_async({"amount": 7, "currency": "eur"})
    listed = await client.v1.payment_intents.list_async()
    assert [each.id for each in listed.data] == [intent.id]


async def test_control_refuses_nonsense(stand: Stand) -> None:
    url = f"{stand.base}/dev/stripe/control"
    for body in ({"fail_next": -1}, {"no_such": 1}, {"webhooks": "stop"}, {"delay_ms": True}):
        assert (await stand.http.post(url, json=body)).status_code == 422
    state = (await stand.http.get(url)).json()
    assert state == {
        "fail_next": 0,
        "lose_next": 0,
        "delay_ms": 0,
        "webhooks": "release",
        "refunds": "succeeded",
    }
