"""Events of payment_service about changes of plan."""

from typing import ClassVar
from uuid import UUID

from libs.events.payment_subscriptions import SubscriptionEvent


class SubscriptionPlanChanged(SubscriptionEvent):
    """A class's subscription has another plan, of `months`. `credit` for the unused time of the old
    one and `charge` for the new one are in minor units of `currency` (ISO 4217); both are 0 where
    the change came with a renewal. What the credit is more than the charge is in the wallet.
    """

    type: ClassVar[str] = "studyzed.subscription.plan_changed"

    plan_change_id: UUID
    plan_id: UUID
    months: int
    credit: int
    charge: int
    currency: str
