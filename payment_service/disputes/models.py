"""Disputes: a row for each that the provider tells us of, kept for ever."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from payment_service.base import Base
from payment_service.checkouts.stripe_disputes import DisputeFound, DisputeState
from payment_service.disputes.states import ARGUED, CLOSED, RANKS


class Dispute(Base):
    """A payer's bank argues about a payment or a top-up. `amount` is in minor units of `currency`
    (ISO 4217); evidence is taken until `due_at`. The money left us at `withdrawn_at`; `taken` is
    what a lost one has cost by the books: of a top-up only what was in the wallet, and the rest is
    owed to us. `freezes` says that the payer's wallet lets nothing out because of this one.
    """

    __tablename__ = "disputes"
    __table_args__ = (
        UniqueConstraint("stripe_dispute_id"),
        CheckConstraint("amount > 0", name="amount"),
        CheckConstraint("num_nonnulls(payment_id, top_up_id) = 1", name="target"),
        CheckConstraint("taken BETWEEN 0 AND amount", name="taken"),
        CheckConstraint(
            "state IN ('inquiry', 'inquiry_answered', 'open', 'answered', 'dropped', 'won', "
            "'lost')",
            name="state",
        ),
        Index("ix_disputes_payment_id", "payment_id"),
        Index("ix_disputes_top_up_id", "top_up_id"),
        Index("ix_disputes_unanswered", "id", postgresql_where=text("closed_at IS NULL")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    stripe_dispute_id: Mapped[str] = mapped_column(Text)
    payment_id: Mapped[UUID | None] = mapped_column(ForeignKey("payments.id"))
    top_up_id: Mapped[UUID | None] = mapped_column(ForeignKey("top_ups.id"))
    payer_id: Mapped[UUID]
    amount: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str] = mapped_column(Text)
    reason: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(Text)
    due_at: Mapped[datetime | None]
    opened_at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    taken: Mapped[int | None] = mapped_column(BigInteger)
    freezes: Mapped[bool]
    revision: Mapped[int]

    @property
    def argued(self) -> bool:
        """Whether both sides want the money."""
        return self.state in ARGUED

    @property
    def closed(self) -> bool:
        """Whether the bank has decided."""
        return self.state in CLOSED

    def contradicts(self, found: DisputeFound) -> bool:
        """Whether the bank's word is not what we have as its last one."""
        return self.closed and found.state in CLOSED and found.state != self.state

    def learn(self, found: DisputeFound, now: datetime) -> bool:
        """Takes over what is news; whether anything is. What came late says less than we know."""
        news = found.withdrawn and self.withdrawn_at is None
        if news:
            self.withdrawn_at = now
        if RANKS[found.state] > RANKS[DisputeState(self.state)]:
            news = True
            self.state, self.due_at = found.state.value, found.due_at or self.due_at
            self.closed_at = now if self.closed else None
        if news:
            self.revision += 1
        return news
