"""How disputes go on."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from uuid import UUID

from payment_service.checkouts.stripe_disputes import DisputeFound, DisputeState

RANKS: Mapping[DisputeState, int] = MappingProxyType(
    {
        DisputeState.INQUIRY: 0,
        DisputeState.INQUIRY_ANSWERED: 1,
        DisputeState.OPEN: 2,
        DisputeState.ANSWERED: 3,
        DisputeState.DROPPED: 4,
        DisputeState.WON: 4,
        DisputeState.LOST: 4,
    }
)
"""A dispute never goes back: what says less than we know came late. The last ones are final."""
CLOSED = (DisputeState.DROPPED, DisputeState.WON, DisputeState.LOST)
ARGUED = (DisputeState.OPEN, DisputeState.ANSWERED)
"""The payer and we both want the money: the payer's wallet lets none out."""
BLOCKING = (*ARGUED, DisputeState.LOST)
"""The payer has the money, or may get it, by the bank: it is not given back a second time."""


@dataclass(frozen=True, slots=True)
class Target:
    """What is disputed, a payment or a top-up, and who paid it; `amount` in minor units."""

    payer_id: UUID
    amount: int
    currency: str
    payment_id: UUID | None = None
    top_up_id: UUID | None = None

    def fits(self, found: DisputeFound) -> bool:
        """Whether so much of this can be disputed."""
        return found.currency == self.currency and found.amount <= self.amount
