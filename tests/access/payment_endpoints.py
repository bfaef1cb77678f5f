"""Rights over endpoints of webhooks: tutors and admins have their own."""

from uuid import UUID

from payment_service.deliveries import service as deliveries
from payment_service.endpoints import service
from payment_service.endpoints.schemas import EndpointCreate, Topic
from payment_service.resources import Resources
from tests.access.table import Row
from tests.stack import User

CALLERS = ("nobody", "student", "tutor", "admin", "owner")
OWNERS = dict.fromkeys(CALLERS, 404) | {"nobody": 401, "student": 403}
ONE = "/v1/webhook-endpoints/{endpoint_id}"
URL = "http://127.0.0.1:9/hook"


def own(status: int) -> dict[str, int]:
    """What happens to an endpoint of the owner's."""
    return OWNERS | {"owner": status}


ROWS = [
    Row(
        "POST",
        "/v1/webhook-endpoints",
        dict.fromkeys(CALLERS, 201) | {"nobody": 401, "student": 403},
        body={"url": URL, "events": ["payment.paid"]},
        own_login=True,
    ),
    Row(
        "GET",
        "/v1/webhook-endpoints",
        dict.fromkeys(CALLERS, 200) | {"nobody": 401, "student": 403},
    ),
    Row("GET", ONE, own(200)),
    Row("PATCH", ONE, own(200), body={"enabled": False}, own_login=True),
    Row("POST", f"{ONE}/secret", own(200), own_login=True),
    Row("POST", f"{ONE}/ping", own(202), own_login=True),
    Row("GET", f"{ONE}/deliveries", own(200)),
    Row("POST", f"{ONE}/deliveries/skip", own(200), own_login=True),
    Row(
        "POST",
        f"{ONE}/deliveries/{{delivery_id}}/resend",
        own(202),
        own_login=True,
        instead={"delivery_id": "skipped_delivery_id"},
    ),
    Row("DELETE", ONE, own(204), own_login=True),
]


async def seed(parts: Resources, owner: User) -> dict[str, UUID]:
    """The owner's endpoint with a delivery that was skipped."""
    wanted = EndpointCreate(url=URL, events=[Topic.PAYMENT_PAID])
    made, _ = await service.create(parts.database, parts.settings, owner.id, wanted)
    async with parts.database.transaction() as session:
        now = parts.clock.now()
        sent = await deliveries.ping(session, owner.id, made.id, now)
        await session.flush()
        await deliveries.skip(session, owner.id, made.id, now)
    return {"endpoint_id": made.id, "skipped_delivery_id": sent.id}
