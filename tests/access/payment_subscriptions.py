"""Rights in subscriptions."""

from uuid import UUID

from libs.ids import new_id
from payment_service.plan_changes.models import PlanChange
from payment_service.resources import Resources
from payment_service.subscriptions.models import Subscription
from payment_service.subscriptions.states import SubscriptionState
from tests.access.table import Row
from tests.payment_service.shop import MONTH, YEAR
from tests.stack import User

TUTORS = {"nobody": 401, "student": 403, "tutor": 200, "admin": 403, "owner": 200}

CHANGES = "/v1/subscriptions/{subscription_id}/plan-changes"

ROWS = [
    Row("GET", "/v1/subscriptions", TUTORS),
    Row("GET", "/v1/subscriptions/{subscription_id}", TUTORS | {"tutor": 404, "admin": 200}),
    Row(
        "GET",
        "/v1/admin/subscriptions",
        TUTORS | {"tutor": 403, "owner": 403, "admin": 200},
        own_login=True,
    ),
    # The class waits for an admin: whoever may change its plan hears that it cannot be changed yet.
    *(
        Row(
            "POST",
            f"{CHANGES}{rest}",
            TUTORS | {"tutor": 404, "owner": 409},
            body={"plan_id": str(YEAR), "at": "now"},
        )
        for rest in ("", "/preview")
    ),
    Row("GET", CHANGES, TUTORS | {"tutor": 404, "admin": 200}),
    Row(
        "DELETE",
        f"{CHANGES}/{{plan_change_id}}",
        TUTORS | {"tutor": 404, "owner": 204},
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


async def scheduled(parts: Resources, owner: User, subscription_id: UUID) -> UUID:
    """A change of plan that is scheduled."""
    now = parts.clock.now()
    async with parts.database.transaction() as session:
        found = await session.get_one(Subscription, subscription_id)
        made = PlanChange(
            id=new_id(), subscription_id=subscription_id, study_session_id=found.study_session_id,
            tutor_id=owner.id, from_plan_id=MONTH, plan_id=YEAR, months=12, worth=1, period=2,
            begins="period_end", state="scheduled", credit=0, charge=0, currency="INR",
            kept_before=0, priced_at=now, ends_at=now, created_at=now,
        )  # fmt: skip
        session.add(made)
    return made.id
