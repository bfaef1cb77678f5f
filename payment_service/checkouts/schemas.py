"""What clients send and get about checkouts. There is no amount to send: the plan has the price."""

from typing import ClassVar
from uuid import UUID

from libs.jobs import Job
from libs.schemas import Schema
from payment_service.payments.models import Payment
from payment_service.payments.states import PaymentStatus


class CheckoutCreate(Schema):
    """Which class to pay for, by which plan."""

    plan_id: UUID
    study_session_id: UUID


class CheckoutOut(Schema):
    """Where to pay. `amount` is in minor units of `currency` (ISO 4217)."""

    payment_id: UUID
    checkout_url: str
    amount: int
    currency: str
    status: PaymentStatus

    @classmethod
    def of(cls, payment: Payment) -> "CheckoutOut":
        """The answer for a payment whose checkout is open."""
        return cls(
            payment_id=payment.id,
            checkout_url=payment.checkout_url or "",
            amount=payment.amount,
            currency=payment.currency,
            status=PaymentStatus(payment.status),
        )


class CloseCheckouts(Job):
    """Close what is open of a class that is over, or of its old owner, so that nobody pays it."""

    type: ClassVar[str] = "payment.checkouts.close"

    study_session_id: UUID
