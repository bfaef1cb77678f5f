"""What admins get about disputes, and the jobs."""

from datetime import datetime
from typing import Annotated, ClassVar
from uuid import UUID

from pydantic import StringConstraints

from libs.jobs import Job
from libs.schemas import PLAIN, Schema
from payment_service.disputes.states import DisputeState

Evidence = Annotated[str, StringConstraints(min_length=10, max_length=20_000, pattern=PLAIN)]


class DisputeAdminOut(Schema):
    """A dispute of a payment's or a top-up's money. `amount` and `taken`, which the owner's wallet
    has borne, are in minor units of `currency` (ISO 4217); `reason` is the provider's code;
    `respond_by` is when evidence must be at the provider; `evidence_failure` is the code with which
    it has refused some.
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
    evidence: str | None
    evidence_by: UUID | None
    evidence_at: datetime | None
    evidence_sent_at: datetime | None
    evidence_failure: str | None


class EvidenceCreate(Schema):
    """What the payer's bank shall read. It is sent once, and kept."""

    evidence: Evidence


class SendEvidence(Job):
    """Send what an admin has written to the payer's bank, by the provider."""

    type: ClassVar[str] = "payment.disputes.send_evidence"

    dispute_id: UUID


class SettleDispute(Job):
    """Ask the provider how a dispute stands, and apply the answer."""

    type: ClassVar[str] = "payment.disputes.settle"

    stripe_dispute_id: str


class SweepDisputes(Job):
    """Look at disputes that have not ended, and at those that are new."""

    type: ClassVar[str] = "payment.disputes.sweep"
