"""X18: what webhooks say of payers is not kept longer than the data map says."""

import importlib
import json
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text, update

from payment_service.payments.models import Payment
from payment_service.webhooks import repository
from payment_service.webhooks.jobs import WORD_FOR_WORD, RedactWebhooks, redact
from payment_service.webhooks.models import Webhook
from tests.payment_service.shop import Shop, event, intent_of, session_of

# The SDK's httpx client still hands its form over as `data=`.
pytestmark = pytest.mark.filterwarnings("ignore:Use 'content=:DeprecationWarning")

MIGRATION = "payment_service.migrations.versions.2026_11_28_1219_redact_old_webhooks"
PAYER = {"email": "payer@example.org", "name": "P. Ayer", "phone": "+91 22 5550 0100"}
DAY = timedelta(days=1)


async def bodies(shop: Shop) -> list[str]:
    async with shop.parts.database.transaction() as session:
        return list(await session.scalars(text("SELECT body FROM webhooks ORDER BY id")))


async def age(shop: Shop, by: timedelta) -> None:
    """Lets webhooks have come earlier."""
    async with shop.parts.database.transaction() as session:
        await session.execute(update(Webhook).values(received_at=Webhook.received_at - by))


async def sweep(shop: Shop) -> None:
    await redact(shop.parts.database, RedactWebhooks())


def completed(payment: Payment, **changes: Any) -> str:
    return event("checkout.session.completed", session_of(payment, **changes))


@pytest.mark.parametrize(
    ("kind", "thing"),
    [
        ("charge.refunded", {"id": "ch_1", "payment_intent": "pi_x", "billing_details": PAYER}),
        ("payment_intent.canceled", {"id": "pi_x", "shipping": PAYER}),
        ("checkout.session.completed", {"id": 7, "metadata": "none", "customer_details": PAYER}),
    ],
)
async def test_x18_of_what_is_not_ours_nothing_is_kept_but_that_it_came(
    shop: Shop, kind: str, thing: dict[str, Any]
) -> None:
    body = event(kind, thing)
    assert (await shop.deliver(body)).status_code == 200
    assert await shop.outcomes() == ["skipped"]
    [kept] = await bodies(shop)
    assert json.loads(kept) == {"id": json.loads(body)["id"], "type": kind}


async def test_x18_after_ninety_days_ids_and_sums_are_left(shop: Shop) -> None:
    _, study_session_id, _ = await shop.opened()
    payment = await shop.payment(study_session_id)
    body = completed(payment, customer_details=PAYER)
    assert (await shop.deliver(body)).status_code == 200
    await age(shop, WORD_FOR_WORD - DAY)
    await sweep(shop)
    assert await bodies(shop) == [body]
    await age(shop, 2 * DAY)
    await sweep(shop)
    [kept] = await bodies(shop)
    assert json.loads(kept) == {
        "id": json.loads(body)["id"],
        "type": "checkout.session.completed",
        "created": None,
        "data": {"object": session_of(payment)},
    }


async def test_x18_a_body_that_the_database_cannot_read_stops_nothing(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An escaped NUL is JSON, but no `jsonb`; and the batches come to an end."""
    monkeypatch.setattr(repository, "BATCH", 1)
    _, study_session_id, _ = await shop.opened()
    payment = await shop.payment(study_session_id)
    odd = completed(payment, customer_details={"name": "P.\0 Ayer"})
    plain = event("payment_intent.succeeded", intent_of(payment, receipt_email="payer@example.org"))
    for body in (odd, plain):
        assert (await shop.deliver(body)).status_code == 200
    await age(shop, WORD_FOR_WORD)
    await sweep(shop)
    first, second = await bodies(shop)
    assert first == "{}"
    assert json.loads(second)["data"] == {"object": intent_of(payment)}


async def test_x18_the_sweep_meets_each_webhook_once(shop: Shop) -> None:
    _, study_session_id, _ = await shop.opened()
    assert (await shop.deliver(completed(await shop.payment(study_session_id)))).status_code == 200
    assert (await shop.deliver(event("invoice.paid", {"id": "in_1"}))).status_code == 200
    await age(shop, WORD_FOR_WORD)
    now = shop.parts.database.clock.now()
    counts = []
    for _ in range(2):
        async with shop.parts.database.transaction() as session:
            counts.append(await repository.redact_before(session, now - WORD_FOR_WORD, now))
    assert counts == [1, 0]


async def test_x18_what_was_skipped_before_is_stripped_by_the_migration(shop: Shop) -> None:
    body = event("charge.refunded", {"id": "ch_1", "billing_details": PAYER})
    assert (await shop.deliver(body)).status_code == 200
    _, study_session_id, _ = await shop.opened()
    ours = completed(await shop.payment(study_session_id))
    assert (await shop.deliver(ours)).status_code == 200
    async with shop.parts.database.transaction() as session:
        await session.execute(
            update(Webhook)
            .where(Webhook.outcome == "skipped")
            .values(body=body.replace('"id"', '"\\u0000": 1, "id"'), redacted_at=None)
        )
        await session.execute(text(importlib.import_module(MIGRATION).STRIP))
    skipped, kept = await bodies(shop)
    assert json.loads(skipped) == {"id": json.loads(body)["id"], "type": "charge.refunded"}
    assert kept == ours
