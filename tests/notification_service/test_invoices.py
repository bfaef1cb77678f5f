"""What is told of invoices (P14)."""

from libs.events.base import Event
from libs.events.payment_invoices import InvoiceIssued
from libs.ids import new_id
from libs.mongo import Mongo
from tests.notification_service.test_lessons import bodies
from tests.notification_service.world import Class, from_kafka, handle, registered


async def test_p14_who_has_paid_hears_of_invoices_and_credit_notes(mongo: Mongo) -> None:
    room, other = Class.new(), new_id()
    about = {
        "study_session_id": room.id, "tutor_id": room.tutor_id, "payment_id": new_id(),
        "total": 49_900, "tax": 7_612, "currency": "INR", "revision": 1,
    }  # fmt: skip
    happened: list[Event] = [
        registered(room.tutor_id, "tutor"), registered(other, "tutor"), room.created(),
        InvoiceIssued(
            **about, invoice_id=new_id(), number="SZ-2026-000001", kind="invoice", refund_id=None
        ),
        InvoiceIssued(
            **about, invoice_id=new_id(), number="SZ-CN-2026-000001", kind="credit_note",
            refund_id=new_id(),
        ),
    ]  # fmt: skip
    await handle(mongo, [from_kafka(event) for event in happened])
    assert (await bodies(mongo, room.tutor_id))[-2:] == [
        f"Invoice SZ-2026-000001 for {room.code} is there.",
        f"Credit note SZ-CN-2026-000001 for {room.code} is there.",
    ]
    assert not any("SZ-" in body for body in await bodies(mongo, other))
