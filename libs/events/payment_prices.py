"""Events of payment_service about its price list: what admins did to it. Sums are in minor units of
`currency` (ISO 4217).
"""

from datetime import datetime
from enum import StrEnum
from typing import ClassVar
from uuid import UUID

from libs.events.base import Event


class PlanEvent(Event):
    """Base: keyed by the plan's version."""

    topic: ClassVar[str] = "payment.events"
    key_field: ClassVar[str] = "plan_id"

    plan_id: UUID
    admin_id: UUID


class PlanPriced(PlanEvent):
    """An admin has made a price that is valid from an instant on; the one before ends then."""

    type: ClassVar[str] = "studyzed.plan.priced"

    months: int
    amount: int
    currency: str
    valid_from: datetime


class PlanWithdrawn(PlanEvent):
    """An admin has taken a price off the list; one that was not valid yet never will be."""

    type: ClassVar[str] = "studyzed.plan.withdrawn"


class CouponAct(StrEnum):
    """What an admin did to a coupon."""

    CREATED = "created"
    UPDATED = "updated"
    REMOVED = "removed"


class CouponChanged(Event):
    """An admin has made, changed or removed a coupon; it takes off `percent`, or `amount_off`."""

    type: ClassVar[str] = "studyzed.coupon.changed"
    topic: ClassVar[str] = "payment.events"
    key_field: ClassVar[str] = "coupon_id"

    coupon_id: UUID
    admin_id: UUID
    act: CouponAct
    active: bool
    percent: int | None
    amount_off: int | None
    currency: str | None
    total_limit: int | None
    user_limit: int | None
