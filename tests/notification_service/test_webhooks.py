"""What is told of people's endpoints of webhooks (P22)."""

from libs.events.base import Event
from libs.events.payment_webhooks import WebhookEndpointDisabled
from libs.ids import new_id
from libs.mongo import Mongo
from tests.notification_service.test_lessons import bodies
from tests.notification_service.world import from_kafka, handle, registered


async def test_p22_an_owner_hears_that_an_endpoint_was_switched_off(mongo: Mongo) -> None:
    owner, other = new_id(), new_id()
    off = WebhookEndpointDisabled(
        webhook_endpoint_id=new_id(), owner_id=owner, cause="failing", revision=2
    )
    happened: list[Event] = [registered(owner, "tutor"), registered(other, "tutor"), off]
    await handle(mongo, [from_kafka(event) for event in happened])
    assert await bodies(mongo, owner) == [
        "One of your webhook endpoints does not answer any more, so it was switched off."
    ]
    assert await bodies(mongo, other) == []
