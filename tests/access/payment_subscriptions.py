"""Rights in subscriptions."""

from uuid import UUID

from libs.ids import new_id
from payment_service.resources import Resources
from payment_service.subscriptions.models import Subscription
from payment_service.subscriptions.states import SubscriptionState
from tests.access.table import Row
from tests.payment_service.shop import MONTH
from tests.stack import User

TUTORS = {"nobody": 401, "student": 403, "tutor": 200, "admin": 403, "owner": 200}

ROWS = [
    Row("GET", "/v1/subscriptions", TUTORS),
    Row("GET", "/v1/subscriptions/{subscription_id}", TUTORS | {"tutor": 404, "admin": 200}),
    Row(
        "GET",
        "/v1/admin/subscriptions",
        TUTORS | {"tutor": 403, "owner": 403, "admin": 200},
        own_login=True,
    ),
]


async def subscribed(
    parts: Resources, owner: User, study_session_id: UUID, payment_id: UUID
) -> UUID:
    """The subscription of a class that was paid for."""
    made = Subscription(
        id=new_id(), study_session_id=study_session_id, tutor_id=owner.id, plan_id=MONTH,
        payment_id=payment_id, months=1, paid_at=parts.clock.now(), period=1,
        state=SubscriptionState.PENDING.value, zone="Asia/Kolkata", anchor_months=0,
        kept_before=0, noticed=0, revision=1,
    )  # fmt: skip
    async with parts.database.transaction() as session:
        session.add(made)
    return made.id
