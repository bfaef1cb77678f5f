"""What clients send and get about quotes."""

from datetime import datetime
from uuid import UUID

from libs.schemas import Schema
from payment_service.coupons.schemas import CouponCode


class QuoteCreate(Schema):
    """Which class to pay for, by which plan, with which coupon. There is no amount to send."""

    plan_id: UUID
    study_session_id: UUID
    coupon: CouponCode | None = None


class QuoteOut(Schema):
    """What it would cost until `expires_at`: `amount`, which is `price` less `discount`, in minor
    units of `currency` (ISO 4217).
    """

    id: UUID
    plan_id: UUID
    study_session_id: UUID
    coupon: str | None
    price: int
    discount: int
    amount: int
    currency: str
    created_at: datetime
    expires_at: datetime
