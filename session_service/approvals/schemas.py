"""What admins send and get about classes that wait for them, and owners about a rejection."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import StringConstraints

from libs.schemas import PLAIN, Schema


class ApprovalState(StrEnum):
    """How far a class is on its way to being active, or to being given back.

    - created: neither paid nor approved;
    - approved_not_paid, paid_not_approved: it waits for its tutor, or for an admin;
    - activating: both; it becomes active in the same moment;
    - rejected: refused, and payment_service has not said yet what was paid for it;
    - refunding: a payment is on its way back;
    - refund_failed: a payment could not be given back;
    - refunded, nothing_paid: refused, and the money is settled.
    """

    CREATED = "created"
    APPROVED_NOT_PAID = "approved_not_paid"
    PAID_NOT_APPROVED = "paid_not_approved"
    ACTIVATING = "activating"
    REJECTED = "rejected"
    REFUNDING = "refunding"
    REFUND_FAILED = "refund_failed"
    REFUNDED = "refunded"
    NOTHING_PAID = "nothing_paid"


class StuckReason(StrEnum):
    """Why an operator should look, five minutes after the last step (at once after a failure).

    - not_activated: paid and approved, and yet not active;
    - rejection_unanswered: payment_service has not heard of the rejection, or cannot answer;
    - refund_unconfirmed: a payment is owed back, and no refund is confirmed;
    - refund_failed: the provider refuses, or the bank has sent the money back.
    """

    NOT_ACTIVATED = "not_activated"
    REJECTION_UNANSWERED = "rejection_unanswered"
    REFUND_UNCONFIRMED = "refund_unconfirmed"
    REFUND_FAILED = "refund_failed"


class RefundState(StrEnum):
    """How far money is on its way back, as payment_service tells; `canceled`: it does not go."""

    REQUESTED = "requested"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELED = "canceled"


class RejectionCreate(Schema):
    """Why a class is refused; its owner reads it."""

    reason: Annotated[str, StringConstraints(min_length=1, max_length=2_000, pattern=PLAIN)]


class RejectionOut(Schema):
    """An admin's no, and what became of the money. `refunded_at` is when the last payment had gone
    back.
    """

    study_session_id: UUID
    reason: str
    rejected_at: datetime
    state: ApprovalState
    refunded_at: datetime | None


class ApprovalOut(Schema):
    """A class on its way, as admins see it; `since` is its last step's instant. The refunds
    themselves are in payment_service.
    """

    id: UUID
    session_code: str
    name: str
    tutor_id: UUID
    state: ApprovalState
    since: datetime
    stuck: StuckReason | None
    created_at: datetime
    paid_at: datetime | None
    approved_at: datetime | None
    rejected_at: datetime | None
    rejection_reason: str
    refunded_at: datetime | None
