"""What notifications about subscriptions are about; see `templates`. All times are the reader's."""

from collections.abc import Mapping
from datetime import datetime
from typing import ClassVar
from uuid import UUID

from notification_service.notifications.templates import Template


class _OfSubscription(Template):
    study_session_field: ClassVar[str] = "study_session_id"
    moments: ClassVar[Mapping[str, str]] = {
        "ends": "ends_at",
        "suspends": "suspends_at",
        "expires": "expires_at",
    }

    study_session_id: UUID
    subscription_id: UUID
    ends_at: datetime
    suspends_at: datetime
    expires_at: datetime


class RenewalWanted(_OfSubscription):
    """To the tutor: the end is near."""

    kind: ClassVar[str] = "renewal_due"


class PeriodOver(_OfSubscription):
    """To the tutor: the end is there, and the grace begins."""

    kind: ClassVar[str] = "subscription_past_due"


class RenewalMissing(_OfSubscription):
    """To the tutor: the grace will soon be over."""

    kind: ClassVar[str] = "renewal_overdue"


class ReadOnly(_OfSubscription):
    """To the tutor: the grace is over."""

    kind: ClassVar[str] = "subscription_suspended"


class EndNear(_OfSubscription):
    """To the tutor: the class will soon end."""

    kind: ClassVar[str] = "expiry_near"


class Expired(_OfSubscription):
    """To the tutor: the class ends."""

    kind: ClassVar[str] = "subscription_expired"


class Renewed(_OfSubscription):
    """To the tutor: a further period is paid."""

    kind: ClassVar[str] = "subscription_renewed"


class PlanChanged(_OfSubscription):
    """To the tutor: another plan runs."""

    kind: ClassVar[str] = "subscription_plan_changed"


class PlanChangedWithCredit(_OfSubscription):
    """To the tutor: another plan runs, and something was left over."""

    kind: ClassVar[str] = "subscription_plan_credited"
