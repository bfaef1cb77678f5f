"""What is told of disputes (P16)."""

from libs.clock import SystemClock
from libs.events.base import Event
from libs.events.payment_disputes import DisputeClosed, DisputeOpened
from libs.ids import new_id
from libs.mongo import Mongo
from tests.notification_service.test_lessons import bodies
from tests.notification_service.world import from_kafka, handle, registered


async def test_p16_admins_hear_of_disputes_and_of_their_ends(mongo: Mongo) -> None:
    payer, admin = new_id(), new_id()

    def about(revision: int) -> dict[str, object]:
        return {
            "dispute_id": new_id(), "payment_id": new_id(), "top_up_id": None, "payer_id": payer,
            "amount": 5_000, "currency": "INR", "reason": "fraudulent", "revision": revision,
        }  # fmt: skip

    happened: list[Event] = [
        registered(payer, "tutor"),
        registered(admin, "admin"),
        DisputeOpened(**about(1), due_at=SystemClock().now()),
        *(DisputeClosed(**about(2), outcome=how) for how in ("won", "lost", "dropped")),
    ]
    await handle(mongo, [from_kafka(event) for event in happened])
    assert (await bodies(mongo, admin))[-4:] == [
        "A bank disputes a payment. Please answer before the time in the list of disputes is over.",
        "The bank has given the money of a disputed payment back to us.",
        "The payer keeps the money of a disputed payment.",
        "A bank has asked about a payment, and takes nothing back.",
    ]
    assert await bodies(mongo, payer) == []
