"""Top-ups: one row per intent to pay money into a wallet, kept for ever."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Index, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from payment_service.base import Base
from payment_service.payments.states import LIVE, Finding, PaymentStatus, Verdict

_LIVE_SQL = "status IN ('created', 'open', 'declined')"


class TopUp(Base):
    """Money on its way into its owner's wallet by Stripe's page; the states are those of payments.
    `amount` is in minor units of `currency` (ISO 4217); `checked_at` is when Stripe was last asked.
    """

    __tablename__ = "top_ups"
    __table_args__ = (
        CheckConstraint("amount > 0", name="amount"),
        CheckConstraint(
            "status IN ('created', 'open', 'declined', 'paid', 'expired', 'failed')", name="status"
        ),
        UniqueConstraint("stripe_session_id"),
        UniqueConstraint("payment_intent"),
        Index("ix_top_ups_unsettled", "checked_at", postgresql_where=text(_LIVE_SQL)),
        Index("ix_top_ups_owner_id", "owner_id", "id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    owner_id: Mapped[UUID]
    amount: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str] = mapped_column(Text)
    status: Mapped[str] = mapped_column(Text)
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

    def move(self, status: PaymentStatus) -> None:
        """Changes the state and raises the revision."""
        self.status = status.value
        self.revision += 1

    def fits(self, finding: Finding) -> bool:
        """Whether a finding speaks of this one: same ids as far as known and, if it says paid, the
        very amount and currency.
        """
        pairs = (
            (self.stripe_session_id, finding.stripe_session_id),
            (self.payment_intent, finding.payment_intent),
        )
        if any(mine and found and mine != found for mine, found in pairs):
            return False
        money = (finding.amount, finding.currency)
        return finding.verdict is not Verdict.PAID or money == (self.amount, self.currency)

    def learn(self, finding: Finding) -> None:
        """Keeps ids that were not known yet."""
        self.stripe_session_id = self.stripe_session_id or finding.stripe_session_id
        self.payment_intent = self.payment_intent or finding.payment_intent
