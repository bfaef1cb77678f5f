"""Disputes: payers who ask their bank for money back."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from payment_service.base import Base
from payment_service.disputes.errors import DisputeOver, EvidenceGiven
from payment_service.disputes.states import MOVES, UNENDED, DisputeFound, DisputeState
from payment_service.ledger.postings import Account, AccountKind

_UNENDED_SQL = "state IN ('inquiry', 'open')"


class Dispute(Base):
    """One dispute of a payment's or a top-up's money; `owner_id` is who paid. `amount` is in minor
    units of `currency` (ISO 4217), and so is `taken`: what the owner's wallet has borne of it, for
    a top-up only. `respond_by` is when evidence must be there; `evidence_failure` is the code with
    which the provider has refused what there was, `evidence_tries` counts its idempotency keys.
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
    evidence: Mapped[str | None] = mapped_column(Text)
    evidence_by: Mapped[UUID | None]
    evidence_at: Mapped[datetime | None]
    evidence_sent_at: Mapped[datetime | None]
    evidence_failure: Mapped[str | None] = mapped_column(Text)
    evidence_tries: Mapped[int] = mapped_column(server_default="0")

    def answer(self, evidence: str, admin_id: UUID, now: datetime) -> None:
        """Notes what the bank shall be told. Raises `DisputeOver` or `EvidenceGiven`."""
        late = self.respond_by is not None and self.respond_by <= now
        if late or self.state not in UNENDED:
            raise DisputeOver
        if self.evidence is not None and self.evidence_failure is None:
            raise EvidenceGiven
        self.evidence, self.evidence_by, self.evidence_at = evidence, admin_id, now
        self.evidence_failure = None
        self.evidence_tries += 1

    @property
    def waits(self) -> bool:
        """Whether there is evidence that the provider does not have yet, as far as we know."""
        unsent = self.evidence_sent_at is None and self.evidence_failure is None
        return self.evidence is not None and unsent

    @property
    def key(self) -> str:
        """The provider's idempotency key: the same for every repeat of one try."""
        return f"studyzed-evidence-{self.id}-{self.evidence_tries}"

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
