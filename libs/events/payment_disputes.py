"""Events of payment_service about disputes."""

from datetime import datetime
from typing import ClassVar, Literal
from uuid import UUID

from libs.events.base import Event


class DisputeEvent(Event):
    """Base: keyed by the dispute, of a payment's or a top-up's money. `amount` is in minor units of
    `currency` (ISO 4217).
    """

    topic: ClassVar[str] = "payment.events"
    key_field: ClassVar[str] = "dispute_id"

    dispute_id: UUID
    owner_id: UUID
    payment_id: UUID | None
    top_up_id: UUID | None
    amount: int
    currency: str


class DisputeOpened(DisputeEvent):
    """A payer has asked a bank for money back. For an `inquiry` no money has moved; when it is
    `open`, the provider has taken it. Evidence must be there by `respond_by`.
    """

    type: ClassVar[str] = "studyzed.dispute.opened"

    state: Literal["inquiry", "open"]
    respond_by: datetime | None


class DisputeEnded(DisputeEvent):
    """A dispute is decided, or an inquiry was given up (`closed`)."""

    type: ClassVar[str] = "studyzed.dispute.ended"

    state: Literal["won", "lost", "closed"]
