"""Disputes: payers who ask their bank for money back."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from payment_service.base import Base
from payment_service.disputes.states import MOVES, DisputeFound, DisputeState
from payment_service.ledger.postings import Account, AccountKind

_UNENDED_SQL = "state IN ('inquiry', 'open')"


class Dispute(Base):
    """One dispute of a payment's or a top-up's money; `owner_id` is who paid. `amount` is in minor
    units of `currency` (ISO 4217), and so is `taken`: what the owner's wallet has borne of it, for
    a top-up only. `respond_by` is when evidence must be there.
    """

    __tablename__ = "disputes"
    __table_args__ = (
        CheckConstraint("amount > 0 AND taken BETWEEN 0 AND amount", name="amount"),
        CheckConstraint("num_nonnulls(payment_id, top_up_id) = 1", name="about_one"),
        CheckConstraint("state IN ('inquiry', 'open', 'won', 'lost', 'closed')", name="state"),
        UniqueConstraint("stripe_dispute_id"),
        Index("ix_disputes_unended", "checked_at", postgresql_where=text(_UNENDED_SQL)),
        Index("ix_disputes_owner_id", "owner_id", "id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    stripe_dispute_id: Mapped[str] = mapped_column(Text)
    payment_id: Mapped[UUID | None] = mapped_column(ForeignKey("payments.id"), index=True)
    top_up_id: Mapped[UUID | None] = mapped_column(ForeignKey("top_ups.id"), index=True)
    owner_id: Mapped[UUID]
    amount: Mapped[int] = mapped_column(BigInteger)
    taken: Mapped[int] = mapped_column(BigInteger, server_default="0")
    currency: Mapped[str] = mapped_column(Text)
    reason: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(Text)
    respond_by: Mapped[datetime | None]
    opened_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    checked_at: Mapped[datetime]
    revision: Mapped[int]

    def learn(self, found: DisputeFound, now: datetime) -> DisputeState | None:
        """Takes over what the provider says; the state that it was in, if it is in another now."""
        self.checked_at, self.respond_by = now, found.respond_by
        before = DisputeState(self.state)
        if found.state not in MOVES[before]:
            return None
        self.state = found.state.value
        if self.state != DisputeState.OPEN:
            self.ended_at = now
        self.revision += 1
        return before

    def places(self, state: DisputeState) -> dict[Account, int]:
        """By how much each account differs, in a state, from what it was before the dispute. What
        a wallet cannot bear of a top-up stays owed on `disputes`.
        """
        if state in (DisputeState.INQUIRY, DisputeState.WON, DisputeState.CLOSED):
            return {}
        clearing = {Account(AccountKind.PROVIDER_CLEARING, self.currency): self.amount}
        if self.top_up_id is not None:
            wallet = Account(AccountKind.WALLET, self.currency, self.owner_id)
            disputes = Account(AccountKind.DISPUTES, self.currency)
            return clearing | {wallet: -self.taken, disputes: self.taken - self.amount}
        kind = AccountKind.DISPUTES if state is DisputeState.OPEN else AccountKind.REVENUE
        return clearing | {Account(kind, self.currency): -self.amount}
