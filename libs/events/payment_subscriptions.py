"""Events of payment_service about subscriptions: what a class is paid for, and until when."""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from libs.events.payment import PaymentEvent


class SubscriptionEvent(PaymentEvent):
    """Base: a class's subscription has gone from one state to another. `tutor_id` owns the class
    by then. `period` (from 1) is the last that is paid; it ends at `ends_at`. Unless another is
    paid, the class is suspended at `suspends_at` and ends at `expires_at`.
    """

    subscription_id: UUID
    period: int
    ends_at: datetime
    suspends_at: datetime
    expires_at: datetime


class SubscriptionActivated(SubscriptionEvent):
    """The class is active, and its first period begins."""

    type: ClassVar[str] = "studyzed.subscription.activated"


class SubscriptionRenewed(SubscriptionEvent):
    """A further period is paid, which begins where the one before ends. Without a `payment_id` the
    end has moved beyond now because the time of a pause is kept.
    """

    type: ClassVar[str] = "studyzed.subscription.renewed"

    payment_id: UUID | None


class SubscriptionPastDue(SubscriptionEvent):
    """What was paid is over. All works until the class is suspended."""

    type: ClassVar[str] = "studyzed.subscription.past_due"


class SubscriptionSuspended(SubscriptionEvent):
    """The class can only be read, until it is paid for again."""

    type: ClassVar[str] = "studyzed.subscription.suspended"


class SubscriptionRestored(SubscriptionEvent):
    """A suspended class goes on: a period is paid that begins now. `payment_id` as in
    `SubscriptionRenewed`.
    """

    type: ClassVar[str] = "studyzed.subscription.restored"

    payment_id: UUID | None


class SubscriptionExpired(SubscriptionEvent):
    """Nobody has paid for so long that the class ends."""

    type: ClassVar[str] = "studyzed.subscription.expired"


class NoticeEvent(SubscriptionEvent):
    """Base: nothing has changed, but something will in `days` days unless the class is paid for."""

    days: int


class RenewalDue(NoticeEvent):
    """What is paid will soon be over."""

    type: ClassVar[str] = "studyzed.subscription.renewal_due"


class RenewalOverdue(NoticeEvent):
    """What was paid is over, and the class will soon be suspended."""

    type: ClassVar[str] = "studyzed.subscription.renewal_overdue"


class ExpiryNear(NoticeEvent):
    """The class is suspended, and will soon end."""

    type: ClassVar[str] = "studyzed.subscription.expiry_near"
