"""What is paid for, and until when."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from libs.events.payment_subscriptions import NoticeEvent, SubscriptionEvent
from payment_service.base import Base
from payment_service.subscriptions.errors import SubscriptionTransitionForbidden
from payment_service.subscriptions.periods import Anchor, Dates, local_date, notice_at
from payment_service.subscriptions.states import (
    LADDER,
    LATER,
    TRANSITIONS,
    Paid,
    Rung,
    SubscriptionState,
    Terms,
)


class Subscription(Base):
    """A class's subscription: one row for all its periods, of which `period` (from 1) is the last
    that is paid, for `months` calendar months. `tutor_id` and `payment_id` are those of the first
    payment, at `paid_at`.

    Dates are reckoned in `zone`, the billing zone (IANA), kept as it was at the first payment.
    `anchor_on` and `anchor_months` are when an unbroken run of periods began and what is paid
    since; `kept_before` the seconds of kept pauses that its class had by then. All times are null
    until the class is activated. `starts_at` is when the run began or, for a period that
    follows another, that one's end. A whole period by the present terms has `whole_seconds` and is
    worth `worth`, in minor units of `currency` (ISO 4217). `due_at` is when the sweeper must look
    at it, null for never; `noticed` is how many rungs of the ladder are behind. `lost` says that
    the bank took back what was paid for the last period.
    """

    __tablename__ = "subscriptions"
    __table_args__ = (
        UniqueConstraint("study_session_id"),
        UniqueConstraint("payment_id"),
        CheckConstraint(
            "state IN ('pending', 'active', 'past_due', 'suspended', 'expired')", name="state"
        ),
        CheckConstraint("state = 'pending' OR ends_at IS NOT NULL", name="begun"),
        Index("ix_subscriptions_due_at", "due_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    study_session_id: Mapped[UUID] = mapped_column(ForeignKey("study_sessions.id"))
    tutor_id: Mapped[UUID]
    plan_id: Mapped[UUID] = mapped_column(ForeignKey("plans.id"))
    payment_id: Mapped[UUID] = mapped_column(ForeignKey("payments.id"))
    months: Mapped[int]
    paid_at: Mapped[datetime]
    state: Mapped[str] = mapped_column(Text, server_default=SubscriptionState.PENDING.value)
    period: Mapped[int] = mapped_column(server_default="1")
    zone: Mapped[str] = mapped_column(Text, server_default="Asia/Kolkata")
    anchor_on: Mapped[date | None]
    anchor_months: Mapped[int] = mapped_column(server_default="0")
    kept_before: Mapped[int] = mapped_column(server_default="0")
    starts_at: Mapped[datetime | None]
    renewable_from: Mapped[datetime | None]
    ends_at: Mapped[datetime | None]
    suspends_at: Mapped[datetime | None]
    expires_at: Mapped[datetime | None]
    due_at: Mapped[datetime | None]
    noticed: Mapped[int] = mapped_column(server_default="0")
    lost: Mapped[bool] = mapped_column(server_default="false")
    revision: Mapped[int] = mapped_column(server_default="1")
    worth: Mapped[int] = mapped_column(BigInteger, server_default="0")
    currency: Mapped[str | None] = mapped_column(Text)
    whole_seconds: Mapped[int] = mapped_column(server_default="0")

    def move(self, to: SubscriptionState) -> type[SubscriptionEvent]:
        """Goes to a state; returns the class of the event that tells of it. The only code that
        changes `state`. Raises `SubscriptionTransitionForbidden`.
        """
        event = TRANSITIONS.get((SubscriptionState(self.state), to))
        if event is None:
            raise SubscriptionTransitionForbidden
        self.state = to.value
        self.revision += 1
        return event

    def begin(self, at: datetime, kept: int) -> None:
        """Lets a run of periods begin at an instant, with the one of `months` that is paid last;
        `kept` are the seconds that its class's pauses have kept until then.
        """
        self.anchor_on, self.anchor_months = local_date(at, self.zone), self.months
        self.kept_before, self.starts_at = kept, at
        self.reckon(kept, at)
        self.whole_seconds = self.seconds_left(at)

    def extend(self, kept: int, now: datetime) -> None:
        """Adds the `months` that are paid last to the end there is."""
        self.anchor_months += self.months
        self.starts_at = self.ends_at
        self.reckon(kept, now)
        self.whole_seconds = self.seconds_left(self.starts_at or now)

    def change(self, to: Terms) -> None:
        """Lets another plan run. One for as many months goes on to the same end; with any other a
        run of periods begins (https://docs.stripe.com/billing/subscriptions/prorations).
        """
        anew, self.months = to.months != self.months, to.months
        self.plan_id, self.period = to.plan_id, to.period
        self.worth, self.currency = to.amount, to.currency
        if anew:
            self.begin(to.at, to.kept)
        else:
            self.starts_at = to.at

    def outlook(self, months: int, at: datetime | None, kept: int) -> tuple[datetime, datetime]:
        """From when to when a plan of so many months would run: from an instant on, as `change` has
        it, or as the next period. `kept` as in `begin`. Raises `ValueError` where no time runs.
        """
        if self.ends_at is None or self.anchor_on is None:
            raise ValueError(self.state)
        if at is not None and months == self.months:
            return at, self.ends_at
        anchor = Anchor(
            self.anchor_on, self.anchor_months + months, max(0, kept - self.kept_before)
        )
        if at is not None:
            anchor = Anchor(local_date(at, self.zone), months)
        return at or self.ends_at, Dates.of(anchor.ends_on(), self.zone).ends_at

    def seconds_left(self, at: datetime) -> int:
        """Whole seconds until what is paid ends; 0 when it is over."""
        return max(0, int((self.ends_at - at).total_seconds())) if self.ends_at else 0

    def reckon(self, kept: int, now: datetime) -> bool:
        """Works out anew what follows from the anchor; whether the end has moved. Notices that
        should have gone out for this end by now are not sent any more.
        """
        if self.anchor_on is None:
            return False
        before, anchor = self.ends_at, Anchor(self.anchor_on, self.anchor_months)
        ends_on = Anchor(anchor.on, anchor.months, max(0, kept - self.kept_before)).ends_on()
        dates = Dates.of(ends_on, self.zone)
        self.renewable_from, self.ends_at = dates.renewable_from, dates.ends_at
        self.suspends_at, self.expires_at = dates.suspends_at, dates.expires_at
        if self.ends_at != before:
            self.noticed = self._passed(now)
        return self.ends_at != before

    def take(self, paid: Paid) -> None:
        """Notes for what has been paid last."""
        self.lost = False
        self.plan_id, self.months, self.period = paid.plan_id, paid.months, paid.period
        self.worth, self.currency = paid.amount, paid.currency

    def cut(self, kept: int, now: datetime) -> bool:
        """Takes the last period off, since its money is gone. One that has not begun yet leaves the
        end of the one before; whether it is one that runs, and must be stopped now. Then it cannot
        be reckoned any more until it is paid for.
        """
        if self.starts_at is not None and self.starts_at > now:
            self.anchor_months -= self.months
            self.reckon(kept, now)
            return False
        if self.ends_at is not None and self.ends_at > now:
            on = local_date(now, self.zone)
            self.ends_at, self.expires_at = now, Dates.of(on, self.zone).expires_at
        self.anchor_on, self.suspends_at = None, now
        self.noticed = self._passed(now)
        return True

    def is_renewable(self, now: datetime) -> bool:
        """Whether the next period may be paid for: from thirty days before the end, and after it
        until the subscription expires.
        """
        if self.state == SubscriptionState.ACTIVE:
            return self.renewable_from is not None and now >= self.renewable_from
        return self.state in (SubscriptionState.PAST_DUE, SubscriptionState.SUSPENDED)

    def later(self, now: datetime) -> SubscriptionState | None:
        """Where time has led by now, if it has: one step."""
        next_at = self._next_at()
        due = next_at is not None and now >= next_at
        return LATER[SubscriptionState(self.state)] if due else None

    def notice(self, now: datetime) -> tuple[type[NoticeEvent], int] | None:
        """The notice that is due, if any, and in how many days something happens; those that were
        missed before it are behind as well.
        """
        passed = self._passed(now)
        if passed <= self.noticed:
            return None
        self.noticed, rung = passed, LADDER[passed - 1]
        return (rung.event, rung.left) if rung.state == self.state else None

    def plan(self, *, stopped: bool) -> None:
        """Sets when to look again; never while its class is `stopped`: over, or paused with its
        time kept.
        """
        times = [self._next_at()]
        if self.noticed < len(LADDER):
            times.append(self._rung_at(LADDER[self.noticed]))
        known = [one for one in times if one is not None]
        self.due_at = None if stopped or self._next_at() is None else min(known)

    def _next_at(self) -> datetime | None:
        return {
            SubscriptionState.ACTIVE.value: self.ends_at,
            SubscriptionState.PAST_DUE.value: self.suspends_at,
            SubscriptionState.SUSPENDED.value: self.expires_at,
        }.get(self.state)

    def _passed(self, now: datetime) -> int:
        times = (self._rung_at(rung) for rung in LADDER)
        return sum(at is not None and at <= now for at in times)

    def _rung_at(self, rung: Rung) -> datetime | None:
        if self.ends_at is None:
            return None
        return notice_at(local_date(self.ends_at, self.zone), rung.days, self.zone)
