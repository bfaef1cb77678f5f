"""What admins get about disputes."""

from datetime import datetime
from uuid import UUID

from libs.schemas import Schema
from payment_service.checkouts.stripe_disputes import DisputeState


class DisputeAdminOut(Schema):
    """A dispute of a payment or of a top-up, as admins see it. `amount` is in minor units of
    `currency` (ISO 4217); `reason` is the provider's code; evidence is taken until `due_at`. The
    money is away since `withdrawn_at`; of a lost one `taken` is what it has cost, and what is
    missing to `amount` is still owed by the payer.
    """

    id: UUID
    stripe_dispute_id: str
    payment_id: UUID | None
    top_up_id: UUID | None
    payer_id: UUID
    amount: int
    currency: str
    reason: str
    state: DisputeState
    due_at: datetime | None
    opened_at: datetime
    withdrawn_at: datetime | None
    closed_at: datetime | None
    taken: int | None
