"""Payments: one row per intent to pay, kept for ever (nothing that fails is deleted)."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from payment_service.base import Base
from payment_service.invoices.states import Bill, Item
from payment_service.payments.states import (
    LIVE,
    Finding,
    PaymentMethod,
    PaymentStatus,
    Verdict,
    Wish,
)
from payment_service.refunds.states import Owed, RefundReason
from payment_service.subscriptions.states import Paid

_LIVE_SQL = "status IN ('created', 'open', 'declined')"


class Payment(Base):
    """One checkout. `amount` is in minor units of `currency` (ISO 4217): the price of the plan when
    the payment was intended, or that of a quote, less `discount`; a later price does not change it.
    Where nothing is left to pay it is paid at once, and no provider knows of it.

    `period` is the number (from 1) of the period of its class's subscription that it is for.
    `checked_at` is when Stripe was last asked about it. `given_back` is what refunds take of it,
    which the database counts itself; `tax` is what of it stands in the books as tax payable, and
    `disputes` counts those of it that are open or lost. With `plan_change_id` it is for the
    difference of a change of plan, which begins that period.
    """

    __tablename__ = "payments"
    __table_args__ = (
        CheckConstraint("amount >= 0 AND discount >= 0", name="amount"),
        CheckConstraint("given_back BETWEEN 0 AND amount", name="given_back"),
        CheckConstraint("tax BETWEEN 0 AND amount", name="tax"),
        CheckConstraint("disputes >= 0", name="disputes"),
        CheckConstraint(
            "status IN ('created', 'open', 'declined', 'paid', 'expired', 'failed')", name="status"
        ),
        CheckConstraint("method IN ('stripe', 'wallet')", name="method"),
        UniqueConstraint("stripe_session_id"),
        UniqueConstraint("payment_intent"),
        UniqueConstraint("plan_change_id"),
        Index(
            "uq_payments_live", "study_session_id", unique=True, postgresql_where=text(_LIVE_SQL)
        ),
        Index("ix_payments_unsettled", "checked_at", postgresql_where=text(_LIVE_SQL)),
        Index("ix_payments_quote_id", "quote_id", postgresql_where=text("quote_id IS NOT NULL")),
        Index("ix_payments_tutor_id", "tutor_id", "id"),
        Index("ix_payments_study_session_id", "study_session_id", "id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    study_session_id: Mapped[UUID] = mapped_column(ForeignKey("study_sessions.id"))
    tutor_id: Mapped[UUID]
    plan_id: Mapped[UUID] = mapped_column(ForeignKey("plans.id"))
    description: Mapped[str] = mapped_column(Text)
    months: Mapped[int]
    period: Mapped[int] = mapped_column(server_default="1")
    amount: Mapped[int] = mapped_column(BigInteger)
    discount: Mapped[int] = mapped_column(BigInteger, server_default="0")
    given_back: Mapped[int] = mapped_column(BigInteger, server_default="0")
    tax: Mapped[int] = mapped_column(BigInteger, server_default="0")
    disputes: Mapped[int] = mapped_column(server_default="0")
    currency: Mapped[str] = mapped_column(Text)
    coupon_id: Mapped[UUID | None] = mapped_column(ForeignKey("coupons.id"))
    quote_id: Mapped[UUID | None] = mapped_column(ForeignKey("quotes.id"))
    plan_change_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("plan_changes.id", use_alter=True, name="fk_payments_plan_change_id")
    )
    status: Mapped[str] = mapped_column(Text)
    method: Mapped[str] = mapped_column(Text, server_default=PaymentMethod.STRIPE.value)
    stripe_session_id: Mapped[str | None] = mapped_column(Text)
    checkout_url: Mapped[str | None] = mapped_column(Text)
    payment_intent: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    checked_at: Mapped[datetime]
    paid_at: Mapped[datetime | None]
    revision: Mapped[int]

    @property
    def live(self) -> bool:
        """Whether it can still be paid, as far as we know."""
        return self.status in LIVE

    @property
    def free(self) -> bool:
        """Whether there is nothing to pay."""
        return self.amount == 0

    def serves(self, wish: Wish, now: datetime) -> bool:
        """Whether it is, or will be, where a wish is paid for."""
        mine = (self.tutor_id, self.plan_id, self.coupon_id)
        wanted = mine == (wish.tutor_id, wish.plan_id, wish.coupon_id) and not self.plan_change_id
        priced = wish.amount in (None, self.amount)
        return wanted and priced and self.expires_at > now and self.live

    def lapse(self, now: datetime) -> None:
        """Ends its time: what it is for is paid, so that whoever pays must begin anew."""
        self.expires_at = min(self.expires_at, now)

    def move(self, status: PaymentStatus) -> None:
        """Changes the state and raises the revision."""
        self.status = status.value
        self.revision += 1

    def fits(self, finding: Finding) -> bool:
        """Whether a finding speaks of this payment: same ids as far as known and, if it says paid,
        the very amount and currency.
        """
        for mine, found in (
            (self.stripe_session_id, finding.stripe_session_id),
            (self.payment_intent, finding.payment_intent),
        ):
            if mine and found and mine != found:
                return False
        money = (finding.amount, finding.currency)
        return finding.verdict is not Verdict.PAID or money == (self.amount, self.currency)

    def bill(self, items: Sequence[Item] = ()) -> Bill:
        """What an invoice needs to know of it; it has one line unless others make it up."""
        return Bill(
            self.id, self.study_session_id, self.tutor_id, self.description, self.amount,
            self.currency, tuple(items),
        )  # fmt: skip

    @property
    def left(self) -> int:
        """What can still be given back, in minor units."""
        return self.amount - (self.given_back or 0)  # none yet for one of this transaction

    def count_dispute(self, change: int) -> None:
        """Counts one more (1) or less (-1) that takes its money away."""
        self.disputes += change

    @property
    def from_wallet(self) -> bool:
        """Whether it was paid from a wallet."""
        return self.method == PaymentMethod.WALLET

    def owed(self, reason: RefundReason) -> Owed:
        """What a refund of all that is left needs to know of it."""
        return Owed(
            self.id, self.tutor_id, self.payment_intent, self.left, self.currency, reason,
            self.from_wallet, self.tax,
        )  # fmt: skip

    def paid_for(self, now: datetime) -> Paid:
        """What a subscription needs to know of it when it is paid."""
        return Paid(
            self.id, self.tutor_id, self.plan_id, self.months, self.period, now, self.amount,
            self.currency,
        )  # fmt: skip

    def learn(self, finding: Finding) -> None:
        """Keeps ids that were not known yet."""
        self.stripe_session_id = self.stripe_session_id or finding.stripe_session_id
        self.payment_intent = self.payment_intent or finding.payment_intent
