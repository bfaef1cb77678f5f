"""What is told of refunds that did not take the straight way (P8, P-A6)."""

from libs.clock import SystemClock
from libs.events.base import Event
from libs.events.payment_refunds import RefundMovedToWallet
from libs.ids import new_id
from libs.mongo import Mongo
from tests.notification_service.test_lessons import bodies
from tests.notification_service.world import Class, from_kafka, handle, registered


async def test_p_a6_the_payer_hears_that_the_money_is_in_the_wallet(mongo: Mongo) -> None:
    room, admin = Class.new(), new_id()
    moved = RefundMovedToWallet(
        study_session_id=room.id, tutor_id=room.tutor_id, payment_id=new_id(), refund_id=new_id(),
        amount=1_000, currency="EUR", refunded_at=SystemClock().now(), revision=1,
    )  # fmt: skip
    happened: list[Event] = [
        registered(admin, "admin"),
        registered(room.tutor_id, "tutor"),
        room.created(),
        moved,
    ]
    await handle(mongo, [from_kafka(event) for event in happened])
    told = "A refund for CLASS-1A2B3C4 did not reach your card. It is in your wallet."
    assert (await bodies(mongo, room.tutor_id)).count(told) == 1
    assert told not in await bodies(mongo, admin)
