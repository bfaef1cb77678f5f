"""What clients get about refunds, and the jobs."""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from libs.jobs import Job
from libs.schemas import Schema
from payment_service.refunds.states import Destination, RefundReason, RefundState, StuckReason


class RefundAdminOut(Schema):
    """A refund as admins see it. `amount` is in minor units of `currency` (ISO 4217); `stuck` says
    why an operator should look, `failure` is the provider's code; `attempts` counts calls to it. An
    admin's has `requested_by` and `explanation`. One that succeeded into the wallet, and has a
    `failure`, did not reach the card.
    """

    id: UUID
    payment_id: UUID
    study_session_id: UUID
    tutor_id: UUID
    amount: int
    currency: str
    reason: RefundReason
    requested_by: UUID | None
    explanation: str | None
    destination: Destination
    state: RefundState
    stuck: StuckReason | None
    failure: str | None
    attempts: int
    payment_intent: str | None
    stripe_refund_id: str | None
    requested_at: datetime
    sent_at: datetime | None
    ended_at: datetime | None


class SettleRefund(Job):
    """Ask the provider for a refund, or how one stands."""

    type: ClassVar[str] = "payment.refunds.settle"

    refund_id: UUID


class SweepRefunds(Job):
    """Carry on with refunds that have not ended."""

    type: ClassVar[str] = "payment.refunds.sweep"
