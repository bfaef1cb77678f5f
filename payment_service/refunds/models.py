"""Refunds: a row for each sum that is given back of a payment, kept for ever."""

from collections.abc import Mapping
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
from payment_service.invoices.states import Credit, Item
from payment_service.ledger.models import APPEND_ONLY
from payment_service.refunds.errors import RefundNotCancelable, RefundNotFailed
from payment_service.refunds.states import (
    MOVES,
    OPEN,
    Destination,
    RefundFound,
    RefundOrder,
    RefundReason,
    RefundState,
    StuckReason,
)

STUCK_AFTER = timedelta(minutes=5)
_OPEN_SQL = "state IN ('requested', 'sent')"


class Refund(Base):
    """A payment's money on its way back, or a part of it. `amount` is in minor units of `currency`
    (ISO 4217); `generation` counts the provider's idempotency keys, `attempts` the calls to it;
    `checked_at` is when it was last worked on. An admin's has `requested_by` and `explanation`.

    `tax` of the amount was tax payable, and is not any more.

    A trigger of the database counts it in `payments.given_back` until it is canceled: together they
    never exceed what was paid.
    """

    __tablename__ = "refunds"
    __table_args__ = (
        UniqueConstraint("stripe_refund_id"),
        CheckConstraint("amount > 0", name="amount"),
        CheckConstraint(
            "state IN ('requested', 'sent', 'succeeded', 'failed', 'canceled')", name="state"
        ),
        CheckConstraint("destination IN ('provider', 'wallet')", name="destination"),
        Index("ix_refunds_open", "checked_at", postgresql_where=text(_OPEN_SQL)),
        Index("ix_refunds_unsettled", "id", postgresql_where=text("state <> 'succeeded'")),
        Index("ix_refunds_study_session_id", "study_session_id", "id"),
        Index("ix_refunds_payment_id", "payment_id", "id"),
        Index("ix_refunds_payment_intent", "payment_intent"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    payment_id: Mapped[UUID] = mapped_column(ForeignKey("payments.id"))
    study_session_id: Mapped[UUID] = mapped_column(ForeignKey("study_sessions.id"))
    tutor_id: Mapped[UUID]
    payment_intent: Mapped[str | None] = mapped_column(Text)
    amount: Mapped[int] = mapped_column(BigInteger)
    tax: Mapped[int] = mapped_column(BigInteger, server_default="0")
    currency: Mapped[str] = mapped_column(Text)
    reason: Mapped[str] = mapped_column(Text)
    requested_by: Mapped[UUID | None]
    explanation: Mapped[str | None] = mapped_column(Text)
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

    @property
    def over(self) -> bool:
        """Whether nothing that the provider says can change it any more."""
        return self.to_wallet or self.state == RefundState.CANCELED

    def may(self, state: RefundState) -> bool:
        """Whether it can go to this state from where it stands; one into a wallet is over."""
        return not self.to_wallet and state in MOVES[RefundState(self.state)]

    def send(self, taken: Mapping[str, int], now: datetime) -> RefundOrder | None:
        """Notes that the provider is asked now, or again; `None` when there is no intent to
        refund. What has failed is looked for by its intent: another may have taken its place.
        `taken` as in `RefundOrder`.
        """
        repeated = self.attempts > 0
        failed = self.state == RefundState.FAILED
        known = None if failed else self.stripe_refund_id
        self.attempts += 1
        self.checked_at = now
        if self.may(RefundState.SENT):
            self.sent_at = now
            self._move(RefundState.SENT)
        if self.payment_intent is None:
            return None
        return RefundOrder(
            self.id, self.payment_id, self.payment_intent, self.amount, self.currency,
            self.key, known, repeated, failed, taken,
        )  # fmt: skip

    @property
    def key(self) -> str:
        """The provider's idempotency key: the same for every repeat of one generation."""
        later = f"-{self.generation}" if self.generation > 1 else ""
        return f"studyzed-refund-{self.id}{later}"

    def credit(self, items: tuple[Item, ...]) -> Credit:
        """What a credit note needs to know of it."""
        return Credit(self.id, self.payment_id, self.amount, items)

    def learn(self, found: RefundFound, now: datetime) -> bool:
        """Takes over what the provider says; whether that ended it, or ended it otherwise. What was
        made, and then did not reach the card, is for the wallet.
        """
        bounced = found.by_bank and found.stripe_refund_id == self.stripe_refund_id
        self.stripe_refund_id = found.stripe_refund_id
        if bounced and self.may(RefundState.FAILED):
            self.failure = found.failure
            self._into_wallet(now)
            return True
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

    def redirect(self, now: datetime) -> None:
        """Gives up the card for the wallet. Raises `RefundNotFailed`."""
        if not self.may(RefundState.REQUESTED):
            raise RefundNotFailed
        self._into_wallet(now)

    def cancel(self, now: datetime) -> None:
        """Takes back an admin's own decision. Raises `RefundNotFailed` or `RefundNotCancelable`."""
        if not self.may(RefundState.CANCELED):
            raise RefundNotFailed
        if self.reason != RefundReason.BY_ADMIN:
            raise RefundNotCancelable
        self.ended_at = self.checked_at = now
        self._move(RefundState.CANCELED)

    def _into_wallet(self, now: datetime) -> None:
        self.destination = Destination.WALLET.value
        self.ended_at = self.checked_at = now
        self._move(RefundState.SUCCEEDED)

    def _move(self, state: RefundState) -> None:
        self.state = state.value
        self.revision += 1


class RefundLine(Base):
    """A part of a refund with a line of its own on the credit note; together they are its sum."""

    __tablename__ = "refund_lines"
    __table_args__ = (CheckConstraint("amount > 0", name="amount"), APPEND_ONLY)

    refund_id: Mapped[UUID] = mapped_column(ForeignKey("refunds.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    description: Mapped[str] = mapped_column(Text)
    amount: Mapped[int] = mapped_column(BigInteger)


_UNENDED = and_(
    Refund.state != RefundState.SUCCEEDED.value,  # by this the index is found
    Refund.state != RefundState.CANCELED.value,
)


def stuck_since(before: BindParameter[datetime]) -> ColumnElement[str | None]:
    """Why a refund needs an operator (`StuckReason`), or NULL. `before` is five minutes ago."""
    late = and_(_UNENDED, Refund.requested_at < before)
    return case(
        (Refund.state == RefundState.FAILED.value, StuckReason.FAILED.value),
        (and_(late, Refund.state == RefundState.REQUESTED.value), StuckReason.NOT_SENT.value),
        (and_(late, Refund.stripe_refund_id.is_(None)), StuckReason.UNANSWERED.value),
        (late, StuckReason.PENDING.value),
    )


def is_stuck(before: BindParameter[datetime]) -> ColumnElement[bool]:
    """That a refund needs an operator."""
    return and_(
        _UNENDED,
        or_(Refund.state == RefundState.FAILED.value, Refund.requested_at < before),
    )
