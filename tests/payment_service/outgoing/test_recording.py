"""What is told to whom, and how it reads (P22)."""

import asyncio
import json
from datetime import datetime
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from libs.events.base import Event
from libs.events.payment import PaymentDeclined, PaymentRefunded, SubscriptionPaid
from libs.events.payment_invoices import InvoiceIssued
from libs.events.payment_subscriptions import SubscriptionPastDue, SubscriptionRenewed
from libs.ids import new_id
from libs.inbox import PostgresStore
from payment_service.background import OUTGOING
from payment_service.deliveries import messages
from payment_service.deliveries.messages import TOLD
from payment_service.endpoints.schemas import Topic
from tests.payment_service.outgoing.office import Office
from tests.payment_service.outgoing.receiver import Receiver
from tests.statements import statements

ALL = [topic.value for topic in Topic]


def instant(at: datetime) -> str:
    return at.isoformat().replace("+00:00", "Z")


async def test_p22_each_event_is_told_with_ids_and_sums_alone(
    office: Office, receiver: Receiver
) -> None:
    now, room, payment = office.clock.now(), new_id(), new_id()
    about: dict[str, Any] = {"study_session_id": room, "tutor_id": office.tutor.id}
    ends = dict.fromkeys(("ends_at", "suspends_at", "expires_at"), now)
    period = {"subscription_id": new_id(), "period": 2, **ends}
    refund = {"payment_id": payment, "refund_id": new_id(), "amount": 5, "currency": "INR"}
    events: list[Event] = [
        SubscriptionPaid(
            **about, payment_id=payment, plan_id=new_id(), amount=9, currency="INR", paid_at=now
        ),
        PaymentDeclined(**about, payment_id=payment),
        PaymentRefunded(**about, **refund, refunded_at=now),
        SubscriptionRenewed(**about, **period, payment_id=payment),
        SubscriptionPastDue(**about, **period),
        InvoiceIssued(
            **about, invoice_id=new_id(), number="SZ-1", kind="invoice", payment_id=payment,
            refund_id=None, total=9, tax=1, currency="INR",
        ),
    ]  # fmt: skip
    await office.register(receiver, *ALL)
    timed = [event.model_copy(update={"occurred_at": now}) for event in events]
    await office.happen(*timed, *office.credits([3]))
    await office.deliverer.settle()
    assert [one.data["type"] for one in receiver.came] == [
        "payment.paid", "payment.declined", "payment.refunded", "subscription.renewed",
        "subscription.past_due", "invoice.issued", "wallet.credited",
    ]  # fmt: skip
    assert {(one.data["version"], one.data["timestamp"]) for one in receiver.came} == {
        (1, instant(now))
    }
    assert receiver.came[2].data["data"] == {
        "study_session_id": str(room), "payment_id": str(payment),
        "refund_id": str(refund["refund_id"]), "amount": 5, "currency": "INR",
        "refunded_at": instant(now),
    }  # fmt: skip
    assert [one.headers["webhook-id"] for one in receiver.came[:6]] == [
        f"msg_{event.event_id.hex}" for event in events
    ]
    assert str(office.tutor.id) not in "".join(one.body.decode() for one in receiver.came)


async def test_p22_only_ones_own_and_only_what_is_wanted_is_told(
    office: Office, receiver: Receiver
) -> None:
    await office.register(receiver, "payment.paid")
    await office.credit(1)
    await office.credit(2, owner=new_id())
    assert await office.deliveries() == []
    second = await office.register(receiver)
    await office.credit(3)
    [one] = await office.deliveries()
    assert (str(one.endpoint_id), one.sequence, one.state) == (second["id"], 1, "waiting")
    assert json.loads(str(one.body))["data"]["amount"] == 3


async def test_p22_who_has_no_endpoint_costs_one_statement_for_all(
    office: Office, receiver: Receiver
) -> None:
    await office.register(receiver)
    events = [event for _ in range(20) for event in office.credits([1], new_id())]
    with statements() as sent:
        await office.happen(*events)
    assert len(sent) == 1
    assert await office.deliveries() == []


async def test_p22_the_same_event_twice_is_one_webhook(office: Office, receiver: Receiver) -> None:
    await office.register(receiver)
    events = office.credits([1, 2])
    store = PostgresStore(office.database)
    for _ in range(2):

        async def work(session: Any) -> None:
            ids = [event.event_id for event in events]
            new = await store.once(session, "payment-webhooks", ids)
            fresh = [event for event in events if event.event_id in new]
            if fresh:
                await OUTGOING[type(fresh[0])].handle(session, fresh)  # type: ignore[union-attr]

        await store.run(work)
    assert [one.sequence for one in await office.deliveries()] == [1, 2]


async def test_p22_places_have_no_gaps_and_nobody_dies_of_a_deadlock(
    office: Office, receiver: Receiver
) -> None:
    """Two consumers whose chunks name the same people in the opposite order."""
    other = office.stack.as_user("tutor")
    await office.register(receiver)
    await office.register(receiver, user=other)
    mine, theirs = office.credits(range(8)), office.credits(range(8), other.id)
    await asyncio.gather(
        *(office.happen(*mine[n : n + 2], *theirs[n : n + 2]) for n in (0, 2)),
        *(office.happen(*theirs[n : n + 2], *mine[n : n + 2]) for n in (4, 6)),
    )
    places: dict[Any, list[int]] = {}
    for one in await office.deliveries():
        places.setdefault(one.endpoint_id, []).append(one.sequence)
    assert sorted(places.values()) == [list(range(1, 9))] * 2


@given(
    amount=st.integers(0, 2**53), currency=st.sampled_from(["INR", "EUR"]), kind=st.sampled_from(
        ["invoice", "credit_note"]
    ), number=st.text(max_size=40),
)  # fmt: skip
def test_p22_a_body_reads_back_as_what_was_written(
    amount: int, currency: str, kind: Any, number: str
) -> None:
    event = InvoiceIssued(
        invoice_id=new_id(), number=number, kind=kind, study_session_id=new_id(),
        tutor_id=new_id(), payment_id=new_id(), refund_id=None, total=amount, tax=0,
        currency=currency,
    )  # fmt: skip
    now = datetime.fromisoformat("2026-11-29T07:00:00+00:00")
    told = messages.message_of(event, now)
    read = messages.WebhookBody[messages.InvoiceIssued].model_validate_json(told.body)
    expected = event.model_dump(exclude={"tutor_id", "revision"})
    assert read.data.model_dump() == expected | {"number": read.data.number}
    assert (read.type, read.timestamp, told.owner_id) == ("invoice.issued", now, event.tutor_id)


def test_p22_all_that_is_told_has_an_owner_and_its_fields() -> None:
    for event, telling in TOLD.items():
        fields = set(event.model_fields)
        assert set(telling.data.model_fields) <= fields
        assert fields & {"tutor_id", "owner_id"}
        assert not set(telling.data.model_fields) & {"tutor_id", "owner_id", "revision"}
