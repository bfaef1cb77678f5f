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


class PaymentDeclined(PaymentEvent):
    """The provider refused a payment; the checkout stays open."""

    type: ClassVar[str] = "studyzed.payment.declined"

    payment_id: UUID
