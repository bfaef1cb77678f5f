"""What admins get about disputes, and the jobs."""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from libs.jobs import Job
from libs.schemas import Schema
from payment_service.disputes.states import DisputeState


class DisputeAdminOut(Schema):
    """A dispute of a payment's or a top-up's money. `amount` and `taken`, which the owner's wallet
    has borne, are in minor units of `currency` (ISO 4217); `reason` is the provider's code;
    `respond_by` is when evidence must be at the provider.
    """

    id: UUID
    payment_id: UUID | None
    top_up_id: UUID | None
    owner_id: UUID
    amount: int
    taken: int
    currency: str
    reason: str
    state: DisputeState
    stripe_dispute_id: str
    respond_by: datetime | None
    opened_at: datetime
    ended_at: datetime | None


class SettleDispute(Job):
    """Ask the provider how a dispute stands, and apply the answer."""

    type: ClassVar[str] = "payment.disputes.settle"

    stripe_dispute_id: str


class SweepDisputes(Job):
    """Look at disputes that have not ended, and at those that are new."""

    type: ClassVar[str] = "payment.disputes.sweep"
