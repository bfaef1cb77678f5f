"""The states of a refund, and what is known of it at the provider."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from uuid import UUID


class RefundState(StrEnum):
    """`requested`: owed, the provider not asked yet. `sent`: asked; without an id of the
    provider's we may not have its answer. `failed`: an operator must look at it.
    """

    REQUESTED = "requested"
    SENT = "sent"
    SUCCEEDED = "succeeded"
    FAILED = "failed"


MOVES: Mapping[RefundState, frozenset[RefundState]] = MappingProxyType(
    {
        RefundState.REQUESTED: frozenset({RefundState.SENT}),
        RefundState.SENT: frozenset({RefundState.SUCCEEDED, RefundState.FAILED}),
        RefundState.SUCCEEDED: frozenset({RefundState.FAILED}),
        RefundState.FAILED: frozenset({RefundState.REQUESTED, RefundState.SUCCEEDED}),
    }
)
"""All ways from one state to another. A bank may send money back days after a success; a failed one
is tried again by an operator, or was refunded by hand at the provider.
"""
OPEN = (RefundState.REQUESTED, RefundState.SENT)


class RefundReason(StrEnum):
    """Why money goes back."""

    CLASS_REJECTED = "class_rejected"
    PAID_AFTER_REJECTION = "paid_after_rejection"
    PAID_TWICE = "paid_twice"
    PAID_AFTER_END = "paid_after_end"


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
class Owed:
    """A payment that must be given back; `tutor_id` has paid it, with `to_wallet` from the wallet.
    `amount` is in minor units of `currency` (ISO 4217).
    """

    payment_id: UUID
    tutor_id: UUID
    payment_intent: str | None
    amount: int
    currency: str
    reason: RefundReason
    to_wallet: bool = False


@dataclass(frozen=True, slots=True)
class RefundOrder:
    """What to ask the provider for; equal keys give the same refund. `stripe_refund_id` is known
    once it has answered; `repeated` says that it may have been asked before.
    """

    refund_id: UUID
    payment_id: UUID
    payment_intent: str
    amount: int
    currency: str
    key: str
    stripe_refund_id: str | None
    repeated: bool


@dataclass(frozen=True, slots=True)
class RefundFound:
    """A refund as the provider has it; `state` is never `requested`."""

    stripe_refund_id: str
    state: RefundState
    failure: str | None = None


@dataclass(frozen=True, slots=True)
class Hint:
    """What a webhook says: about which refund, by whatever ids it holds, and in which state it
    may be now. It may be late: the provider is asked before anything is believed.
    """

    state: RefundState
    refund_id: UUID | None = None
    stripe_refund_id: str | None = None
    payment_intent: str | None = None


@dataclass(frozen=True, slots=True)
class RefundFilter:
    """Which refunds to list: with `stuck` only those that need an operator."""

    stuck: bool
    state: RefundState | None
    study_session_id: UUID | None
