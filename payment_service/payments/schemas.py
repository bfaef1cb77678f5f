"""What clients get about payments."""

from datetime import datetime
from uuid import UUID

from libs.schemas import Schema
from payment_service.payments.states import PaymentStatus


class PaymentOut(Schema):
    """A payment. `amount` is in minor units of `currency` (ISO 4217)."""

    id: UUID
    study_session_id: UUID
    plan_id: UUID
    description: str
    amount: int
    currency: str
    status: PaymentStatus
    checkout_url: str | None
    created_at: datetime
    expires_at: datetime
    paid_at: datetime | None


class PaymentAdminOut(PaymentOut):
    """A payment as admins see it."""

    tutor_id: UUID
    stripe_session_id: str | None
    payment_intent: str | None
