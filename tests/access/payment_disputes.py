"""Rights in payment_service: disputes are for admins."""

from uuid import UUID

from libs.ids import new_id
from payment_service.disputes.models import Dispute
from payment_service.resources import Resources
from tests.access.table import Row
from tests.stack import User

ADMINS = {"nobody": 401, "student": 403, "tutor": 403, "admin": 200, "owner": 403}

ROWS = [
    Row("GET", "/v1/admin/disputes", ADMINS, own_login=True),
    Row(
        "POST",
        "/v1/admin/disputes/{dispute_id}/evidence",
        ADMINS | {"admin": 202},
        body={"evidence": "The class took place."},
        own_login=True,
    ),
]


async def add(parts: Resources, payment_id: UUID, owner: User) -> dict[str, UUID]:
    """An inquiry about a payment."""
    dispute_id, now = new_id(), parts.clock.now()
    async with parts.database.transaction() as session:
        session.add(
            Dispute(
                id=dispute_id, stripe_dispute_id="du_1", payment_id=payment_id, owner_id=owner.id,
                amount=100, currency="INR", reason="general", state="inquiry", opened_at=now,
                checked_at=now, revision=1,
            )
        )  # fmt: skip
    return {"dispute_id": dispute_id}
