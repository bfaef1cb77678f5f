"""What is told of wallets (P7, P24)."""

from libs.events.base import Event
from libs.events.payment_wallets import WalletFrozen, WalletThawed, WalletToppedUp
from libs.ids import new_id
from libs.mongo import Mongo
from tests.notification_service.test_lessons import bodies
from tests.notification_service.world import from_kafka, handle, registered


async def test_p7_p24_an_owner_hears_of_the_own_wallet(mongo: Mongo) -> None:
    owner, other = new_id(), new_id()
    wallet = {"wallet_id": new_id(), "owner_id": owner}
    happened: list[Event] = [
        registered(owner, "tutor"),
        registered(other, "tutor"),
        WalletToppedUp(**wallet, top_up_id=new_id(), amount=5_000, currency="INR", revision=1),
        WalletFrozen(**wallet, revision=2),
        WalletThawed(**wallet, revision=3),
    ]
    await handle(mongo, [from_kafka(event) for event in happened])
    assert await bodies(mongo, owner) == [
        "What you paid into your wallet has arrived.",
        "Money can come into your wallet, and none can go out for now.",
        "You can pay from your wallet again.",
    ]
    assert await bodies(mongo, other) == []
