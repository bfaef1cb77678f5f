"""What we read of Stripe's disputes, from webhooks and from the API alike.

Source: https://docs.stripe.com/api/disputes/object. Other fields are ignored.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

from payment_service.checkouts.stripe_objects import StripeId, id_of


class DisputeState(StrEnum):
    """`inquiry`: a bank asks, and no money has moved; `inquiry_answered`: it looks at what we say.
    `open`: the money is withdrawn, and evidence may be sent; `answered`: the bank looks at it.
    `won`: the money is back; `lost`: the payer keeps it; `dropped`: an inquiry came to nothing.
    """

    INQUIRY = "inquiry"
    INQUIRY_ANSWERED = "inquiry_answered"
    OPEN = "open"
    ANSWERED = "answered"
    DROPPED = "dropped"
    WON = "won"
    LOST = "lost"


STATES: Mapping[str, DisputeState] = MappingProxyType(
    {
        "warning_needs_response": DisputeState.INQUIRY,
        "warning_under_review": DisputeState.INQUIRY_ANSWERED,
        "needs_response": DisputeState.OPEN,
        "under_review": DisputeState.ANSWERED,
        "warning_closed": DisputeState.DROPPED,
        "prevented": DisputeState.DROPPED,
        "won": DisputeState.WON,
        "lost": DisputeState.LOST,
    }
)


def _state(value: object) -> object:
    return STATES.get(value, value) if isinstance(value, str) else value


@dataclass(frozen=True, slots=True)
class DisputeFound:
    """A dispute as the provider tells it. `amount` is in minor units of `currency` (ISO 4217);
    evidence is taken until `due_at`, if at all; `withdrawn` says that the money has left us.
    """

    stripe_dispute_id: str
    payment_intent: str | None
    amount: int
    currency: str
    reason: str
    state: DisputeState
    due_at: datetime | None
    withdrawn: bool
    opened_at: datetime


class _Part(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class _Details(_Part):
    due_by: int | None = None


class _Moved(_Part):
    amount: int


class StripeDispute(_Part):
    """A dispute. `amount` is in minor units."""

    id: StripeId
    amount: Annotated[int, Field(gt=0, lt=2**53)]
    currency: Annotated[str, StringConstraints(pattern=r"^[a-z]{3}$")]
    created: Annotated[int, Field(ge=0, lt=2**36)]
    reason: Annotated[str, StringConstraints(max_length=100)] = "general"
    status: Annotated[DisputeState, BeforeValidator(_state)]
    payment_intent: Annotated[StripeId | None, BeforeValidator(id_of)] = None
    evidence_details: _Details = Field(default_factory=_Details)
    balance_transactions: list[_Moved] = Field(default_factory=list)

    def found(self, event: str = "") -> DisputeFound:
        """What it says, by itself or when an event brings it."""
        due = self.evidence_details.due_by
        withdrawn = event.endswith("funds_withdrawn") or self.status is DisputeState.LOST
        return DisputeFound(
            self.id,
            self.payment_intent,
            self.amount,
            self.currency.upper(),
            self.reason,
            self.status,
            datetime.fromtimestamp(due, UTC) if due else None,
            withdrawn or any(one.amount < 0 for one in self.balance_transactions),
            datetime.fromtimestamp(self.created, UTC),
        )
