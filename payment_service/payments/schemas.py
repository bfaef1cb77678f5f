"""What clients get about payments."""

from datetime import datetime
from uuid import UUID

from libs.schemas import Schema
from payment_service.payments.states import PaymentMethod, PaymentStatus
from payment_service.refunds.states import Destination, RefundState


class PaymentOut(Schema):
    """A payment for a period (from 1) of a class's subscription. `amount` is in minor units of
    `currency` (ISO 4217), after `discount`. `given_back` is how much of it has gone back, or is on
    its way; `refund` says how far all of it is on its way back, if all of it is.
    """

    id: UUID
    study_session_id: UUID
    plan_id: UUID
    description: str
    period: int
    amount: int
    discount: int
    given_back: int
    currency: str
    status: PaymentStatus
    method: PaymentMethod
    checkout_url: str | None
    created_at: datetime
    expires_at: datetime
    paid_at: datetime | None
    refund: RefundState | None
    refunded_at: datetime | None


class RefundOut(Schema):
    """Money of a payment on its way back. `amount` is in minor units of `currency` (ISO 4217)."""

    id: UUID
    payment_id: UUID
    amount: int
    currency: str
    destination: Destination
    state: RefundState
    requested_at: datetime
    ended_at: datetime | None


class PaymentAdminOut(PaymentOut):
    """A payment as admins see it."""

    tutor_id: UUID
    stripe_session_id: str | None
    payment_intent: str | None
