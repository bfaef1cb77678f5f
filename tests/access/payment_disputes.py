"""Rights in payment_service: disputes are for admins."""

from uuid import UUID

from libs.ids import new_id
from payment_service.disputes.models import Dispute
from payment_service.resources import Resources
from tests.access.table import Row

ADMINS = {"nobody": 401, "student": 403, "tutor": 403, "admin": 200, "owner": 403}

ROWS = [
    Row("GET", "/v1/admin/disputes", ADMINS, own_login=True),
    Row("GET", "/v1/admin/disputes/{dispute_id}", ADMINS, own_login=True),
]


async def add(parts: Resources, payment_id: UUID, payer_id: UUID) -> dict[str, UUID]:
    """A dispute that an admin can answer."""
    now, dispute_id = parts.clock.now(), new_id()
    async with parts.database.transaction() as session:
        session.add(
            Dispute(
                id=dispute_id, stripe_dispute_id="du_1", payment_id=payment_id, payer_id=payer_id,
                amount=1, currency="INR", reason="general", state="open", opened_at=now,
                freezes=False, revision=1,
            )
        )  # fmt: skip
    return {"dispute_id": dispute_id}
