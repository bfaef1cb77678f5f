"""The states of a refund, and what is known of it at the provider."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from uuid import UUID


class RefundState(StrEnum):
    """`requested`: owed, the provider not asked yet. `sent`: asked; without an id of the
    provider's we may not have its answer. `failed`: the provider does not make it, and an operator
    must look at it; it stays owed. `canceled`: an admin took it back, nothing is owed.
    """

    REQUESTED = "requested"
    SENT = "sent"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELED = "canceled"


MOVES: Mapping[RefundState, frozenset[RefundState]] = MappingProxyType(
    {
        RefundState.REQUESTED: frozenset({RefundState.SENT}),
        RefundState.SENT: frozenset({RefundState.SUCCEEDED, RefundState.FAILED}),
        RefundState.SUCCEEDED: frozenset({RefundState.FAILED}),
        RefundState.FAILED: frozenset(
            {RefundState.REQUESTED, RefundState.SUCCEEDED, RefundState.CANCELED}
        ),
        RefundState.CANCELED: frozenset(),
    }
)
"""All ways from one state to another. A bank may send money back days after a success, and then it
goes into the wallet; a failed one is tried again by an operator, put into the wallet or taken back,
or was refunded by hand at the provider.
"""
OPEN = (RefundState.REQUESTED, RefundState.SENT)
SLOWEST_FIRST = (
    RefundState.FAILED, RefundState.REQUESTED, RefundState.SENT, RefundState.SUCCEEDED,
)  # fmt: skip
"""Of several refunds of one payment, the first of these that there is says how far all are."""


class RefundReason(StrEnum):
    """Why money goes back."""

    CLASS_REJECTED = "class_rejected"
    PAID_AFTER_REJECTION = "paid_after_rejection"
    PAID_TWICE = "paid_twice"
    PAID_AFTER_END = "paid_after_end"
    BY_ADMIN = "by_admin"
    CHANGED_TOO_LATE = "changed_too_late"
    PLAN_CHANGED = "plan_changed"


class Destination(StrEnum):
    """Where money goes back to: the provider, and by it to the card; or the payer's wallet."""

    PROVIDER = "provider"
    WALLET = "wallet"


class StuckReason(StrEnum):
    """Why a refund needs an operator: it `failed`, or for five minutes it was `not_sent` to the
    provider, `unanswered` by it, or `pending` there.
    """

    FAILED = "failed"
    NOT_SENT = "not_sent"
    UNANSWERED = "unanswered"
    PENDING = "pending"


@dataclass(frozen=True, slots=True)
class Line:
    """A part of a refund with a line of its own on the credit note; `amount` in minor units."""

    description: str
    amount: int


@dataclass(frozen=True, slots=True)
class Decision:
    """Who decided on a refund, and why in words; nobody for those that the platform makes. `lines`
    make up the sum, or there is none.
    """

    admin_id: UUID | None = None
    explanation: str | None = None
    lines: tuple[Line, ...] = ()


@dataclass(frozen=True, slots=True)
class Owed:
    """What must be given back of a payment; `tutor_id` has paid it, with `to_wallet` it goes into
    that one's wallet. `amount` is in minor units of `currency` (ISO 4217); `tax_back` is how
    much of the payment's tax has gone back in all with that.
    """

    payment_id: UUID
    tutor_id: UUID
    payment_intent: str | None
    amount: int
    currency: str
    reason: RefundReason
    to_wallet: bool = False
    tax_back: int = 0
    decision: Decision = Decision()


@dataclass(frozen=True, slots=True)
class RefundOrder:
    """What to ask the provider for; equal keys give the same refund. `stripe_refund_id` is known
    once it has answered; `repeated` says that it may have been asked before. With `by_hand` also
    what was given back by hand stands for it, as far as that is not in `taken`: what other refunds
    of the payment have, by the provider's ids, in minor units.
    """

    refund_id: UUID
    payment_id: UUID
    payment_intent: str
    amount: int
    currency: str
    key: str
    stripe_refund_id: str | None
    repeated: bool
    by_hand: bool = False
    taken: Mapping[str, int] = field(default_factory=dict, hash=False)


@dataclass(frozen=True, slots=True)
class RefundFound:
    """A refund as the provider has it; `state` is never `requested`. `by_bank` says that it has
    failed on its way, and was not called off.
    """

    stripe_refund_id: str
    state: RefundState
    failure: str | None = None
    by_bank: bool = False


@dataclass(frozen=True, slots=True)
class Hint:
    """What a webhook says: about which refund, by whatever ids it holds, and in which state it
    may be now. It may be late: the provider is asked before anything is believed. Of a charge there
    is only the intent, and how much has gone back of it in all (`gone`, in minor units).
    """

    state: RefundState
    refund_id: UUID | None = None
    stripe_refund_id: str | None = None
    payment_intent: str | None = None
    gone: int = 0


@dataclass(frozen=True, slots=True)
class RefundFilter:
    """Which refunds to list: with `stuck` only those that need an operator."""

    stuck: bool
    state: RefundState | None
    study_session_id: UUID | None
    payment_id: UUID | None = None
