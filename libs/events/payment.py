"""Events of payment_service."""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from libs.events.base import Event


class PaymentEvent(Event):
    """Base: keyed by the class that is paid for."""

    topic: ClassVar[str] = "payment.events"
    key_field: ClassVar[str] = "study_session_id"

    study_session_id: UUID
    tutor_id: UUID


class SubscriptionPaid(PaymentEvent):
    """A class's subscription is paid for one period. `amount` is in minor units of `currency` (ISO
    4217).
    """

    type: ClassVar[str] = "studyzed.subscription.paid"

    payment_id: UUID
    plan_id: UUID
    amount: int
    currency: str
    paid_at: datetime


class PaymentsClosed(PaymentEvent):
    """Nobody can pay for this class any more, since it was rejected; there are `refunds` refunds of
    what was paid for it, with those that follow.
    """

    type: ClassVar[str] = "studyzed.payments.closed"

    refunds: int


class RefundEvent(PaymentEvent):
    """Base: about money of one payment on its way back. `amount` is in minor units of `currency`
    (ISO 4217); a payment may have several refunds.
    """

    payment_id: UUID
    refund_id: UUID
    amount: int
    currency: str


class RefundRequested(RefundEvent):
    """Money of a payment is owed back; an operator's new try after a failure says so again."""

    type: ClassVar[str] = "studyzed.refund.requested"


class PaymentRefunded(RefundEvent):
    """Money of a payment has gone back to who paid."""

    type: ClassVar[str] = "studyzed.payment.refunded"

    refunded_at: datetime


class RefundFailed(RefundEvent):
    """Money of a payment could not be given back: an operator must look."""

    type: ClassVar[str] = "studyzed.refund.failed"


class PaymentDeclined(PaymentEvent):
    """The provider refused a payment; the checkout stays open."""

    type: ClassVar[str] = "studyzed.payment.declined"

    payment_id: UUID
