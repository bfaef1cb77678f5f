"""What is told of disputes (P16): to the payer and to admins."""

from typing import Any

from libs.events.base import Event
from libs.events.payment_disputes import DisputeEnded, DisputeOpened
from libs.ids import new_id
from libs.mongo import Mongo
from tests.notification_service.test_lessons import bodies
from tests.notification_service.world import from_kafka, handle, registered


async def test_p16_the_payer_and_admins_hear_of_a_dispute_and_its_end(mongo: Mongo) -> None:
    payer, other, admin = new_id(), new_id(), new_id()
    about: dict[str, Any] = {"owner_id": payer, "payment_id": new_id(), "top_up_id": None}
    about |= {"dispute_id": new_id(), "amount": 1_000, "currency": "INR"}
    late = about | {"dispute_id": new_id()}
    happened: list[Event] = [
        registered(payer, "tutor"),
        registered(other, "tutor"),
        registered(admin, "admin"),
        DisputeOpened(**about, state="open", respond_by=None, revision=1),
        DisputeEnded(**about, state="lost", revision=2),
        DisputeEnded(**late, state="won", revision=1),
    ]
    await handle(mongo, [from_kafka(event) for event in happened])
    for person in (payer, admin):
        assert await bodies(mongo, person) == [
            "A bank asks for the money of a payment back. Nothing can leave the payer's wallet "
            "until that is decided.",
            "A bank has taken the money of a payment back for good.",
            "A bank asks for the money of a payment no longer.",
        ]
    assert await bodies(mongo, other) == []
