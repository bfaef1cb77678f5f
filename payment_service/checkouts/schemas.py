"""What clients send and get about checkouts. There is no amount to send: the plan has the price."""

from typing import ClassVar, Self
from uuid import UUID

from pydantic import model_validator

from libs.jobs import Job
from libs.schemas import Schema
from payment_service.coupons.schemas import CouponCode
from payment_service.payments.models import Payment
from payment_service.payments.states import PaymentStatus


class CheckoutCreate(Schema):
    """Which class to pay for, by which plan and with which coupon; or by a quote, which says all
    of that.
    """

    plan_id: UUID | None = None
    study_session_id: UUID | None = None
    coupon: CouponCode | None = None
    quote_id: UUID | None = None

    @model_validator(mode="after")
    def _says_one_thing(self) -> Self:
        by_plan = (self.plan_id, self.study_session_id)
        if self.quote_id is None:
            if None in by_plan:
                raise ValueError("plan_id and study_session_id, or quote_id")
        elif (*by_plan, self.coupon) != (None, None, None):
            raise ValueError("a quote_id stands alone")
        return self


class CheckoutOut(Schema):
    """Where to pay. `amount` is in minor units of `currency` (ISO 4217). Where a coupon leaves
    nothing to pay, `status` is `paid` at once, and `checkout_url` is empty.
    """

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
