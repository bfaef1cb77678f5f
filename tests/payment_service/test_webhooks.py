"""Webhooks: forged ones leave nothing, right ones have one effect, in any order and number."""

import asyncio
import json
import time
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from libs import outbox
from libs.ids import new_id
from payment_service.payments.models import Payment
from tests.deploy.vendors.running import WEBHOOK_SECRET
from tests.payment_service.shop import WEBHOOKS, Shop, event, intent_of, session_of, sign

# The SDK's httpx client still hands its form over as `data=`.
pytestmark = pytest.mark.filterwarnings("ignore:Use 'content=:DeprecationWarning")

BODIES = text("SELECT body FROM webhooks ORDER BY id")
COMPLETED, EXPIRED = "checkout.session.completed", "checkout.session.expired"
SUCCEEDED, DECLINED = "payment_intent.succeeded", "payment_intent.payment_failed"


def forgeries(body: str) -> dict[str, dict[str, str]]:
    """Headers that must not be believed."""
    now, other = time.time(), body.replace("paid", "unpaid")
    good = sign(body)["stripe-signature"]
    return {
        "none": {},
        "empty": {"stripe-signature": ""},
        "garbage": {"stripe-signature": "t=now,v1=\u00e9"},
        "not ASCII": {"stripe-signature": good[:-1] + "\u00e9"},
        "no digest": {"stripe-signature": f"t={int(now)}"},
        "other secret": sign(body, "whsec_of_somebody_else"),
        "other body": sign(other),
        "old": sign(body, at=now - 301),
        "fresh time on an old signature": {
            "stripe-signature": sign(body, at=now - 301)["stripe-signature"].replace(
                str(int(now - 301)), str(int(now))
            )
        },
        "unknown scheme only": {"stripe-signature": good.replace("v1=", "v0=")},
    }


async def test_p_a4_a_forged_webhook_is_refused_and_leaves_nothing(shop: Shop) -> None:
    _, study_session_id, _ = await shop.opened()
    body = event(COMPLETED, session_of(await shop.payment(study_session_id)))
    for name, forged in forgeries(body).items():
        headers = [(key.encode(), value.encode("latin-1")) for key, value in forged.items()]
        answer = await shop.client.post(WEBHOOKS, content=body.encode(), headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (400, "signature_refused"), name
        assert await shop.count("webhooks") == 0, name
        assert await shop.count("outbox") == 0, name
        assert (await shop.payment(study_session_id)).status == "open", name


async def test_p_a4_a_signed_body_that_is_no_event_is_refused(shop: Shop) -> None:
    bodies = ["", "null", "[]", "{", '{"id": "evt_1"}', '{"id": "a b", "type": "x", "data": {}}']
    for body in bodies:
        answer = await shop.deliver(body)
        assert answer.status_code == 400, body
        assert answer.json()["code"] in ("signature_refused", "webhook_malformed")
    assert await shop.count("webhooks") == 0


async def test_a_webhook_of_a_strange_size_is_refused(shop: Shop) -> None:
    body = event(COMPLETED, {"padding": "x" * 256_000})
    answer = await shop.deliver(body)
    assert (answer.status_code, answer.json()["code"]) == (413, "webhook_too_large")
    assert await shop.count("webhooks") == 0


async def test_p_a4_paying_at_the_stand_in_pays_once(shop: Shop) -> None:
    """The whole way: the real SDK, the page's button, the signed webhooks, twice each."""
    tutor, study_session_id, opened = await shop.opened()
    await shop.press(opened["checkout_url"], "pay")
    payment = await shop.status_becomes(study_session_id, "paid")
    for listed in (await shop.stand.http.get(f"{shop.stand.base}/dev/stripe/events")).json():
        if listed["state"] != "not_subscribed":
            await shop.stand.http.post(f"{shop.stand.base}/dev/stripe/events/{listed['id']}/resend")
    await asyncio.sleep(0.3)
    [paid] = await shop.events(study_session_id)
    assert paid["type"] == "studyzed.subscription.paid"
    assert paid["data"] == {
        "revision": 1,
        "study_session_id": str(study_session_id),
        "tutor_id": str(tutor.id),
        "payment_id": str(payment.id),
        "plan_id": str(payment.plan_id),
        "amount": 49_900,
        "currency": "INR",
        "paid_at": payment.paid_at.isoformat().replace("+00:00", "Z") if payment.paid_at else None,
    }
    assert sorted(await shop.outcomes()) == ["applied", "unchanged"]
    assert await shop.count("subscriptions") == 1
    again = await shop.checkout(tutor, study_session_id)
    assert (again.status_code, again.json()["code"]) == (409, "already_paid")


async def test_p_a4_a_declined_card_leaves_the_checkout_payable(shop: Shop) -> None:
    tutor, study_session_id, opened = await shop.opened()
    await shop.press(opened["checkout_url"], "decline")
    declined = await shop.status_becomes(study_session_id, "declined")
    assert await shop.kinds(study_session_id) == ["payment.declined"]
    again = (await shop.checkout(tutor, study_session_id)).json()
    assert again == opened | {"status": "declined"}
    await shop.press(opened["checkout_url"], "pay")
    paid = await shop.status_becomes(study_session_id, "paid")
    assert paid.id == declined.id
    assert await shop.kinds(study_session_id) == ["payment.declined", "subscription.paid"]
    assert [body["data"]["revision"] for body in await shop.events(study_session_id)] == [1, 2]


async def test_p_a4_20_parallel_deliveries_of_an_event_have_one_effect(shop: Shop) -> None:
    _, study_session_id, _ = await shop.opened()
    body = event(COMPLETED, session_of(await shop.payment(study_session_id)))
    answers = await asyncio.gather(*(shop.deliver(body) for _ in range(20)))
    assert [answer.status_code for answer in answers] == [200] * 20
    assert await shop.outcomes() == ["applied"]
    assert await shop.kinds(study_session_id) == ["subscription.paid"]


async def test_p_a4_20_parallel_events_of_one_purchase_have_one_effect(shop: Shop) -> None:
    """`completed` and `succeeded`, each with ten ids of its own."""
    _, study_session_id, _ = await shop.opened()
    payment = await shop.payment(study_session_id)
    bodies = [event(COMPLETED, session_of(payment)) for _ in range(10)]
    bodies += [event(SUCCEEDED, intent_of(payment)) for _ in range(10)]
    answers = await asyncio.gather(*(shop.deliver(body) for body in bodies))
    assert [answer.status_code for answer in answers] == [200] * 20
    assert sorted(await shop.outcomes()) == ["applied"] + ["unchanged"] * 19
    assert await shop.kinds(study_session_id) == ["subscription.paid"]
    assert await shop.count("subscriptions") == 1


async def test_p_a4_a_failing_handler_is_not_marked_done(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, study_session_id, _ = await shop.opened()
    body = event(COMPLETED, session_of(await shop.payment(study_session_id)))

    async def fail(*_: object) -> None:
        raise RuntimeError("on purpose")

    monkeypatch.setattr(outbox, "publish", fail)
    assert (await shop.deliver(body)).status_code == 500
    assert await shop.count("webhooks") == 0
    assert (await shop.payment(study_session_id)).status == "open"
    monkeypatch.undo()
    assert (await shop.deliver(body)).status_code == 200
    assert await shop.kinds(study_session_id) == ["subscription.paid"]


Body = Callable[[Payment], str]
WRONG: dict[str, Body] = {
    "amount": lambda p: event(COMPLETED, session_of(p, amount_total=p.amount - 1)),
    "free of charge": lambda p: event(
        COMPLETED, session_of(p, amount_total=0, payment_status="no_payment_required")
    ),
    "currency": lambda p: event(COMPLETED, session_of(p, currency="usd")),
    "amount of the intent": lambda p: event(SUCCEEDED, intent_of(p, amount_received=1)),
    "other checkout": lambda p: event(COMPLETED, session_of(p, id="cs_test_another")),
}


async def test_p_a4_what_does_not_fit_is_suspicious_and_pays_nothing(shop: Shop) -> None:
    _, study_session_id, _ = await shop.opened()
    payment = await shop.payment(study_session_id)
    for name, body in WRONG.items():
        assert (await shop.deliver(body(payment))).status_code == 200, name
        after = await shop.payment(study_session_id)
        assert (after.status, after.revision) == ("open", payment.revision), name
        assert after.payment_intent is None, name
    assert await shop.outcomes() == ["suspicious"] * len(WRONG)
    assert await shop.kinds(study_session_id) == []
    assert await shop.count("subscriptions") == 0


async def test_p_a4_another_payments_intent_is_suspicious(shop: Shop) -> None:
    _, first, _ = await shop.opened()
    _, second, _ = await shop.opened()
    one, two = await shop.payment(first), await shop.payment(second)
    assert (await shop.deliver(event(SUCCEEDED, intent_of(one)))).status_code == 200
    stolen = intent_of(two, id=f"pi_{one.id.hex}")
    assert (await shop.deliver(event(SUCCEEDED, stolen))).status_code == 200
    assert await shop.outcomes() == ["applied", "suspicious"]
    assert (await shop.payment(second)).status == "open"


UNKNOWN: dict[str, Body] = {
    "type": lambda p: event("invoice.paid", session_of(p)),
    "payment": lambda p: event(
        COMPLETED,
        session_of(p, id="cs_x", payment_intent="pi_x", client_reference_id=str(new_id()),
                   metadata={"payment_id": str(new_id())}),
    ),
    "nobody's": lambda p: event(
        COMPLETED,
        session_of(p, id="cs_x", payment_intent=None, client_reference_id=None, metadata={}),
    ),
    "metadata": lambda p: event(
        COMPLETED,
        session_of(p, id="cs_x", payment_intent=None, client_reference_id="x",
                   metadata={"payment_id": "1; DROP TABLE payments", "order": "7"}),
    ),
    "shape": lambda _: event(COMPLETED, {"id": 7, "metadata": "none"}),
    "intent without metadata": lambda _: event(SUCCEEDED, {"id": "pi_x", "amount_received": 1}),
}  # fmt: skip


async def test_p_a4_what_is_not_ours_is_kept_and_skipped(shop: Shop) -> None:
    _, study_session_id, _ = await shop.opened()
    payment = await shop.payment(study_session_id)
    bodies = [body(payment) for body in UNKNOWN.values()]
    for body in (*bodies, *bodies):
        assert (await shop.deliver(body)).json() == {"received": True}, body
    assert await shop.outcomes() == ["skipped"] * len(bodies)
    async with shop.parts.database.transaction() as session:
        kept = [json.loads(body) for body in await session.scalars(BODIES)]
    assert kept == [{name: json.loads(body)[name] for name in ("id", "type")} for body in bodies]
    assert (await shop.payment(study_session_id)).status == "open"
    assert await shop.kinds(study_session_id) == []


async def test_p_a4_without_metadata_the_checkouts_own_id_is_enough(shop: Shop) -> None:
    _, study_session_id, _ = await shop.opened()
    payment = await shop.payment(study_session_id)
    thing = session_of(payment, client_reference_id=None, metadata={})
    assert (await shop.deliver(event(COMPLETED, thing))).status_code == 200
    assert (await shop.payment(study_session_id)).status == "paid"


async def test_p_a4_a_delayed_payment_method_pays_when_the_money_is_there(shop: Shop) -> None:
    _, study_session_id, _ = await shop.opened()
    payment = await shop.payment(study_session_id)
    waiting = session_of(payment, payment_status="unpaid")
    assert (await shop.deliver(event(COMPLETED, waiting))).status_code == 200
    assert (await shop.payment(study_session_id)).status == "open"
    done = event("checkout.session.async_payment_succeeded", session_of(payment))
    assert (await shop.deliver(done)).status_code == 200
    assert await shop.outcomes() == ["unchanged", "applied"]
    assert await shop.kinds(study_session_id) == ["subscription.paid"]


async def test_p_a4_r14_a_delayed_payment_that_fails_deletes_nothing(shop: Shop) -> None:
    _, study_session_id, _ = await shop.opened()
    payment = await shop.payment(study_session_id)
    thing = session_of(payment, payment_status="unpaid")
    failed = event("checkout.session.async_payment_failed", thing)
    assert (await shop.deliver(failed)).status_code == 200
    assert (await shop.payment(study_session_id)).status == "failed"
    assert await shop.count("study_sessions") == 1


async def test_p_a4_money_that_comes_after_the_end_counts(shop: Shop) -> None:
    _, study_session_id, _ = await shop.opened()
    payment = await shop.payment(study_session_id)
    ended = session_of(payment, status="expired", payment_status="unpaid", payment_intent=None)
    for body in (event(EXPIRED, ended), event(SUCCEEDED, intent_of(payment))):
        assert (await shop.deliver(body)).status_code == 200
    assert await shop.outcomes() == ["applied", "applied"]
    assert (await shop.payment(study_session_id)).status == "paid"


async def test_r11_ten_resends_credit_once(shop: Shop) -> None:
    _, study_session_id, _ = await shop.opened()
    payment = await shop.payment(study_session_id)
    body = event(COMPLETED, session_of(payment))
    for _ in range(10):
        assert (await shop.deliver(body)).status_code == 200
    for _ in range(10):
        assert (await shop.deliver(event(COMPLETED, session_of(payment)))).status_code == 200
    assert await shop.outcomes() == ["applied"] + ["unchanged"] * 10
    assert await shop.kinds(study_session_id) == ["subscription.paid"]
    assert await shop.count("subscriptions") == 1


KINDS: dict[str, Body] = {
    "completed": lambda p: event(COMPLETED, session_of(p), f"evt_{p.id.hex}_1"),
    "completed under another id": lambda p: event(COMPLETED, session_of(p)),
    "succeeded": lambda p: event(SUCCEEDED, intent_of(p), f"evt_{p.id.hex}_2"),
    "declined": lambda p: event(DECLINED, intent_of(p, amount_received=0)),
    "expired": lambda p: event(EXPIRED, session_of(p, status="expired", payment_status="unpaid")),
    "unpaid": lambda p: event(COMPLETED, session_of(p, payment_status="unpaid")),
    "unknown": lambda _: event("charge.refunded", {"id": "ch_1"}),
} | {f"wrong {name}": body for name, body in WRONG.items()}
PAYING = {"completed", "completed under another id", "succeeded"}


@settings(max_examples=40)
@given(
    deliveries=st.lists(st.sampled_from(sorted(KINDS)), min_size=1, max_size=8),
    together=st.booleans(),
)
async def test_p_a4_any_order_and_number_of_deliveries_pays_at_most_once(
    shop: Shop, deliveries: list[str], together: bool
) -> None:
    """Paid exactly when a right payment came; never twice; never unpaid again; events in order."""
    _, study_session_id, _ = await shop.opened()
    bodies = [KINDS[name](await shop.payment(study_session_id)) for name in deliveries]
    if together:
        answers = list(await asyncio.gather(*(shop.deliver(body) for body in bodies)))
    else:
        answers = [await shop.deliver(body) for body in bodies]
    assert {answer.status_code for answer in answers} == {200}
    events = await shop.events(study_session_id)
    paid = [body for body in events if body["type"] == "studyzed.subscription.paid"]
    assert len(paid) == int(bool(PAYING & set(deliveries)))
    assert ((await shop.payment(study_session_id)).status == "paid") == bool(paid)
    assert [body["data"]["revision"] for body in events] == list(range(1, len(events) + 1))
    if paid:
        assert events[-1]["type"] == "studyzed.subscription.paid"


async def test_no_card_data_or_address_reaches_the_log(
    shop: Shop, caplog: pytest.LogCaptureFixture
) -> None:
    _, study_session_id, opened = await shop.opened()
    payment = await shop.payment(study_session_id)
    thing = session_of(payment, customer_details={"email": "payer@example.org", "name": "P. Ayer"})
    assert (await shop.deliver(event(COMPLETED, thing))).status_code == 200
    assert "webhook_received" in caplog.text
    for secret in ("payer@example.org", "P. Ayer", WEBHOOK_SECRET, opened["checkout_url"]):
        assert secret not in caplog.text


def test_wrong_bodies_differ_from_the_right_one() -> None:
    """Guards the tables above: each body is JSON with an id of its own."""
    payment: Any = Payment(id=new_id(), stripe_session_id="cs_1", amount=5, currency="INR")
    ids = [json.loads(body(payment))["id"] for body in (KINDS | UNKNOWN).values()]
    assert len(set(ids)) == len(ids)
