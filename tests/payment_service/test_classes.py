"""The copy of classes, and the way from one event to the other over the real broker."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer
from sqlalchemy import text

from libs import kafka
from libs.effects import handle_all
from libs.events.base import Event
from libs.events.payment import SubscriptionPaid
from libs.events.payment_invoices import InvoiceIssued
from libs.events.session import (
    StudySessionActivated,
    StudySessionApproved,
    StudySessionCreated,
    StudySessionOwnerChanged,
)
from libs.ids import new_id
from payment_service.background import HANDLERS, build
from tests.payment_service.shop import Shop
from tests.stack import eventually

# The SDK's httpx client still hands its form over as `data=`.
pytestmark = pytest.mark.filterwarnings("ignore:Use 'content=:DeprecationWarning")


async def test_any_order_and_number_of_events_ends_in_the_newest_state(shop: Shop) -> None:
    for order in itertools.permutations((1, 2, 3)):
        head = {"study_session_id": new_id(), "session_code": "S-1", "tutor_id": new_id()}
        events: Mapping[int, Event] = {
            1: StudySessionCreated(**head, revision=1),
            2: StudySessionApproved(**head, revision=2),
            3: StudySessionActivated(**head, revision=3),
        }
        async with shop.parts.database.transaction() as session:
            for number in (*order, *order):
                await handle_all(session, [events[number]], HANDLERS)
            row = (
                await session.execute(
                    text("SELECT state, revision, tutor_id FROM study_sessions WHERE id = :id"),
                    {"id": head["study_session_id"]},
                )
            ).one()
        assert tuple(row) == ("active", 3, head["tutor_id"])


@pytest.mark.parametrize("late", [False, True])
async def test_a_class_of_another_owner_is_the_new_ones_to_pay(shop: Shop, late: bool) -> None:
    old, new = shop.stack.as_user("tutor"), shop.stack.as_user("tutor")
    head: dict[str, Any] = {"study_session_id": new_id(), "session_code": "S-1"}
    events: list[Event] = [
        StudySessionCreated(**head, tutor_id=old.id, revision=1),
        StudySessionOwnerChanged(**head, tutor_id=new.id, old_tutor_id=old.id, revision=3),
        StudySessionApproved(**head, tutor_id=old.id, revision=2),
        StudySessionOwnerChanged(**head, tutor_id=old.id, old_tutor_id=new.id, revision=2),
    ]
    async with shop.parts.database.transaction() as session:
        await handle_all(session, events[late:] + events[:late], HANDLERS)
    refused = await shop.checkout(old, head["study_session_id"])
    assert (refused.status_code, refused.json()["code"]) == (404, "class_not_found")
    assert (await shop.checkout(new, head["study_session_id"])).status_code == 201


@asynccontextmanager
async def background(shop: Shop) -> AsyncIterator[None]:
    """The relay and the consumer of the service at work."""
    await kafka.ensure_topics(shop.settings, ["session.events", "payment.events"])
    async with build(shop.settings) as made:
        tasks = [asyncio.create_task(made.relay.run())]
        tasks += [asyncio.create_task(consumer.run()) for consumer in made.consumers]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await made.producer.stop()


async def published(shop: Shop) -> list[Event]:
    """All events in our topic."""
    consumer = AIOKafkaConsumer(
        shop.settings.kafka_topic_prefix + "payment.events",
        bootstrap_servers=shop.settings.kafka_bootstrap,
        auto_offset_reset="earliest",
        enable_auto_commit=False,
    )
    await consumer.start()
    try:
        batches: dict[Any, Any] = await consumer.getmany(timeout_ms=500)
        records = [record for records in batches.values() for record in records]
        return [event for record in records if (event := Event.from_wire(record.value))]
    finally:
        await consumer.stop()


async def test_p_a9_a_class_that_another_service_made_is_paid_over_the_broker(shop: Shop) -> None:
    """StudySessionCreated → copy → checkout → webhook → SubscriptionPaid, once, keyed by class."""
    tutor = shop.stack.as_user("tutor")
    created = StudySessionCreated(
        study_session_id=new_id(), session_code="S-1", tutor_id=tutor.id, revision=1
    )
    async with background(shop):
        early = await shop.checkout(tutor, created.study_session_id)
        assert (early.status_code, early.json()["code"]) == (404, "class_not_found")
        producer = kafka.Producer(shop.settings)
        body = created.to_wire(shop.parts.clock.now())
        message = kafka.Message(created.topic, created.key, body)
        assert await producer.send_all([message, message]) == [None, None]
        await producer.stop()

        async def opened() -> dict[str, Any] | None:
            answer = await shop.checkout(tutor, created.study_session_id)
            return answer.json() if answer.status_code == 201 else None

        checkout = await eventually(opened)
        await shop.press(checkout["checkout_url"], "decline")
        await shop.status_becomes(created.study_session_id, "declined")
        await shop.press(checkout["checkout_url"], "pay")
        await shop.status_becomes(created.study_session_id, "paid")

        async def both() -> list[Event]:
            found = [one for one in await published(shop) if not isinstance(one, InvoiceIssued)]
            return found if len(found) >= 2 else []

        declined, paid = await eventually(both)
    assert declined.type == "studyzed.payment.declined"
    assert isinstance(paid, SubscriptionPaid)
    assert (paid.study_session_id, paid.revision) == (created.study_session_id, 2)
    assert (paid.tutor_id, paid.amount, paid.currency) == (tutor.id, 49_900, "INR")
