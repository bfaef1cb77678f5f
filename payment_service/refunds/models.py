"""Refunds: one row per payment that is given back, kept for ever."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    BindParameter,
    CheckConstraint,
    ColumnElement,
    ForeignKey,
    Index,
    Text,
    UniqueConstraint,
    and_,
    case,
    or_,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from payment_service.base import Base
from payment_service.invoices.states import Credit
from payment_service.refunds.errors import RefundNotFailed
from payment_service.refunds.states import (
    MOVES,
    OPEN,
    Destination,
    RefundFound,
    RefundOrder,
    RefundState,
    StuckReason,
)

STUCK_AFTER = timedelta(minutes=5)
_OPEN_SQL = "state IN ('requested', 'sent')"


class Refund(Base):
    """All of one payment's money on its way back. `amount` is in minor units of `currency` (ISO
    4217); `generation` counts the provider's idempotency keys, `attempts` the calls to it;
    `checked_at` is when it was last worked on.
    """

    __tablename__ = "refunds"
    __table_args__ = (
        UniqueConstraint("payment_id"),
        UniqueConstraint("payment_intent"),
        UniqueConstraint("stripe_refund_id"),
        CheckConstraint("amount > 0", name="amount"),
        CheckConstraint("state IN ('requested', 'sent', 'succeeded', 'failed')", name="state"),
        CheckConstraint("destination IN ('provider', 'wallet')", name="destination"),
        Index("ix_refunds_open", "checked_at", postgresql_where=text(_OPEN_SQL)),
        Index("ix_refunds_unsettled", "id", postgresql_where=text("state <> 'succeeded'")),
        Index("ix_refunds_study_session_id", "study_session_id", "id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    payment_id: Mapped[UUID] = mapped_column(ForeignKey("payments.id"))
    study_session_id: Mapped[UUID] = mapped_column(ForeignKey("study_sessions.id"))
    tutor_id: Mapped[UUID]
    payment_intent: Mapped[str | None] = mapped_column(Text)
    amount: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str] = mapped_column(Text)
    reason: Mapped[str] = mapped_column(Text)
    destination: Mapped[str] = mapped_column(Text, server_default=Destination.PROVIDER.value)
    state: Mapped[str] = mapped_column(Text)
    generation: Mapped[int]
    attempts: Mapped[int]
    stripe_refund_id: Mapped[str | None] = mapped_column(Text)
    failure: Mapped[str | None] = mapped_column(Text)
    requested_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    checked_at: Mapped[datetime]
    revision: Mapped[int]

    @property
    def to_wallet(self) -> bool:
        """Whether the provider has no part in it."""
        return self.destination == Destination.WALLET

    def may(self, state: RefundState) -> bool:
        """Whether it can go to this state from where it stands; one into a wallet is over."""
        return not self.to_wallet and state in MOVES[RefundState(self.state)]

    def send(self, now: datetime) -> RefundOrder | None:
        """Notes that the provider is asked now, or again; `None` when there is no intent to
        refund. What has failed is looked for by its intent: another may have taken its place.
        """
        repeated = self.attempts > 0
        known = None if self.state == RefundState.FAILED else self.stripe_refund_id
        self.attempts += 1
        self.checked_at = now
        if self.may(RefundState.SENT):
            self.sent_at = now
            self._move(RefundState.SENT)
        if self.payment_intent is None:
            return None
        return RefundOrder(
            self.id, self.payment_id, self.payment_intent, self.amount, self.currency,
            self.key, known, repeated,
        )  # fmt: skip

    @property
    def key(self) -> str:
        """The provider's idempotency key: the same for every repeat of one generation."""
        later = f"-{self.generation}" if self.generation > 1 else ""
        return f"studyzed-refund-{self.id}{later}"

    def credit(self) -> Credit:
        """What a credit note needs to know of it."""
        return Credit(self.id, self.payment_id, self.amount)

    def learn(self, found: RefundFound, now: datetime) -> bool:
        """Takes over what the provider says; whether that ended it, or ended it otherwise."""
        self.stripe_refund_id = found.stripe_refund_id
        return self._end(found.state, found.failure, now)

    def fail(self, failure: str, now: datetime) -> bool:
        """Notes that the provider refuses; whether that is news."""
        return self._end(RefundState.FAILED, failure, now)

    def _end(self, state: RefundState, failure: str | None, now: datetime) -> bool:
        self.checked_at = now
        if state in OPEN or not self.may(state):
            return False
        self.failure = failure
        self.ended_at = now
        self._move(state)
        return True

    def retry(self, now: datetime) -> None:
        """Begins again under a new key of the provider's. Raises `RefundNotFailed`."""
        if not self.may(RefundState.REQUESTED):
            raise RefundNotFailed
        self.generation += 1
        self.stripe_refund_id = self.failure = self.sent_at = self.ended_at = None
        self.requested_at = self.checked_at = now
        self._move(RefundState.REQUESTED)

    def _move(self, state: RefundState) -> None:
        self.state = state.value
        self.revision += 1


def stuck_since(before: BindParameter[datetime]) -> ColumnElement[str | None]:
    """Why a refund needs an operator (`StuckReason`), or NULL. `before` is five minutes ago."""
    late = and_(Refund.state != RefundState.SUCCEEDED.value, Refund.requested_at < before)
    return case(
        (Refund.state == RefundState.FAILED.value, StuckReason.FAILED.value),
        (and_(late, Refund.state == RefundState.REQUESTED.value), StuckReason.NOT_SENT.value),
        (and_(late, Refund.stripe_refund_id.is_(None)), StuckReason.UNANSWERED.value),
        (late, StuckReason.PENDING.value),
    )


def is_stuck(before: BindParameter[datetime]) -> ColumnElement[bool]:
    """That a refund needs an operator."""
    unended = Refund.state != RefundState.SUCCEEDED.value
    return and_(
        unended, or_(Refund.state == RefundState.FAILED.value, Refund.requested_at < before)
    )
