"""What clients get when they pay from their wallet; what they send is that of a checkout."""

from datetime import datetime
from uuid import UUID

from libs.schemas import Schema
from payment_service.payments.models import Payment
from payment_service.payments.states import PaymentStatus


class WalletPaymentOut(Schema):
    """A payment that is made. `amount` is in minor units of `currency` (ISO 4217)."""

    payment_id: UUID
    study_session_id: UUID
    plan_id: UUID
    amount: int
    currency: str
    status: PaymentStatus
    paid_at: datetime

    @classmethod
    def of(cls, payment: Payment, paid_at: datetime) -> "WalletPaymentOut":
        """The answer for a payment that was made at an instant."""
        return cls(
            payment_id=payment.id,
            study_session_id=payment.study_session_id,
            plan_id=payment.plan_id,
            amount=payment.amount,
            currency=payment.currency,
            status=PaymentStatus(payment.status),
            paid_at=paid_at,
        )
