"""The states of a dispute, where its money is in each, and what the provider says of one."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from uuid import UUID


class DisputeState(StrEnum):
    """`inquiry`: a bank asks, and no money has moved. `open`: the provider has taken the money
    back. `won`: it is ours again; `lost`: it is gone. `closed`: the bank asks no more.
    """

    INQUIRY = "inquiry"
    OPEN = "open"
    WON = "won"
    LOST = "lost"
    CLOSED = "closed"


_S = DisputeState
MOVES: Mapping[_S, frozenset[_S]] = MappingProxyType(
    {
        _S.INQUIRY: frozenset({_S.OPEN, _S.WON, _S.LOST, _S.CLOSED}),
        _S.OPEN: frozenset({_S.WON, _S.LOST, _S.CLOSED}),
        _S.LOST: frozenset({_S.WON}),
        _S.WON: frozenset(),
        _S.CLOSED: frozenset(),
    }
)
"""All ways from one state to another: an answer that is older than what we know changes nothing. A
bank may give up late what it has won.
"""
UNENDED = (_S.INQUIRY, _S.OPEN)
WITHDRAWN = (_S.OPEN, _S.LOST)
"""The money is not at the provider."""
STATES: Mapping[str, _S] = MappingProxyType(
    {
        "warning_needs_response": _S.INQUIRY,
        "warning_under_review": _S.INQUIRY,
        "warning_closed": _S.CLOSED,
        "prevented": _S.CLOSED,
        "needs_response": _S.OPEN,
        "under_review": _S.OPEN,
        "won": _S.WON,
        "lost": _S.LOST,
    }
)
"""By the provider's status (https://docs.stripe.com/api/disputes/object); others are not known."""


@dataclass(frozen=True, slots=True)
class DisputeFound:
    """A dispute as the provider has it. `amount` is in minor units of `currency` (ISO 4217);
    `respond_by` is when evidence must be there.
    """

    stripe_dispute_id: str
    state: DisputeState
    payment_intent: str
    amount: int
    currency: str
    reason: str
    respond_by: datetime | None


@dataclass(frozen=True, slots=True)
class DisputeFilter:
    """Which disputes to list."""

    state: DisputeState | None
    owner_id: UUID | None
