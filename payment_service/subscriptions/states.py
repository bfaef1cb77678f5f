"""The states of a subscription, all ways between them (P-A8), and the ladder of notices (P11)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from uuid import UUID

from libs.events.payment_subscriptions import (
    ExpiryNear,
    NoticeEvent,
    RenewalDue,
    RenewalOverdue,
    SubscriptionActivated,
    SubscriptionEvent,
    SubscriptionExpired,
    SubscriptionPastDue,
    SubscriptionRenewed,
    SubscriptionRestored,
    SubscriptionSuspended,
)
from payment_service.subscriptions.periods import GRACE_DAYS, READ_ONLY_DAYS


class SubscriptionState(StrEnum):
    """How a class stands with its payment.

    - pending: paid, and the class waits for an admin; no time runs;
    - active: within what is paid;
    - past_due: its time is over, for seven days all works;
    - suspended: can be read only, and be paid for, for thirty days;
    - expired: the class has ended.
    """

    PENDING = "pending"
    ACTIVE = "active"
    PAST_DUE = "past_due"
    SUSPENDED = "suspended"
    EXPIRED = "expired"


_S = SubscriptionState
TRANSITIONS: Mapping[tuple[_S, _S], type[SubscriptionEvent]] = MappingProxyType(
    {
        (_S.PENDING, _S.ACTIVE): SubscriptionActivated,
        (_S.ACTIVE, _S.ACTIVE): SubscriptionRenewed,
        (_S.ACTIVE, _S.PAST_DUE): SubscriptionPastDue,
        (_S.PAST_DUE, _S.ACTIVE): SubscriptionRenewed,
        (_S.PAST_DUE, _S.SUSPENDED): SubscriptionSuspended,
        (_S.SUSPENDED, _S.ACTIVE): SubscriptionRestored,
        (_S.SUSPENDED, _S.EXPIRED): SubscriptionExpired,
    }
)
"""Every way from one state to another, and the one event that tells of it."""
LATER: Mapping[_S, _S] = MappingProxyType(
    {_S.ACTIVE: _S.PAST_DUE, _S.PAST_DUE: _S.SUSPENDED, _S.SUSPENDED: _S.EXPIRED}
)
"""Where time alone leads."""


@dataclass(frozen=True, slots=True)
class Rung:
    """One notice: what is told, and how many days after the period's end (before it, if negative).
    It is of use in one state only.
    """

    event: type[NoticeEvent]
    days: int
    state: SubscriptionState

    @property
    def left(self) -> int:
        """In how many days the state ends."""
        ends = {_S.ACTIVE: 0, _S.PAST_DUE: GRACE_DAYS, _S.SUSPENDED: GRACE_DAYS + READ_ONLY_DAYS}
        return ends[self.state] - self.days


LADDER = (
    Rung(RenewalDue, -7, _S.ACTIVE),
    Rung(RenewalDue, -3, _S.ACTIVE),
    Rung(RenewalDue, -1, _S.ACTIVE),
    Rung(RenewalOverdue, 3, _S.PAST_DUE),
    Rung(RenewalOverdue, 6, _S.PAST_DUE),
    Rung(ExpiryNear, 30, _S.SUSPENDED),
    Rung(ExpiryNear, 36, _S.SUSPENDED),
)
"""In the order of time. The steps from state to state are told by their own events."""


@dataclass(frozen=True, slots=True)
class Paid:
    """A payment for one period: `months` calendar months by a plan. `period` counts a class's
    periods from 1; `amount` is in minor units of `currency` (ISO 4217), and what was paid.
    """

    payment_id: UUID
    tutor_id: UUID
    plan_id: UUID
    months: int
    period: int
    paid_at: datetime
    amount: int
    currency: str


@dataclass(frozen=True, slots=True)
class Terms:
    """The terms of another plan: `months` calendar months for `amount` minor units of `currency`
    (ISO 4217). They run from `at` on, when the class's pauses had kept `kept` seconds, and begin
    the class's period `period`.
    """

    plan_id: UUID
    months: int
    period: int
    amount: int
    currency: str
    at: datetime
    kept: int
