"""Events of payment_service about disputes."""

from datetime import datetime
from typing import ClassVar, Literal
from uuid import UUID

from libs.events.base import Event


class DisputeEvent(Event):
    """Base: a payer's bank argues about a payment or a top-up. `amount` is in minor units of
    `currency` (ISO 4217), `reason` the provider's code.
    """

    topic: ClassVar[str] = "payment.events"
    key_field: ClassVar[str] = "dispute_id"

    dispute_id: UUID
    payment_id: UUID | None
    top_up_id: UUID | None
    payer_id: UUID
    amount: int
    currency: str
    reason: str


class DisputeOpened(DisputeEvent):
    """A bank asks about a payment, or has taken its money back: to be answered by `due_at`."""

    type: ClassVar[str] = "studyzed.dispute.opened"

    due_at: datetime | None


class DisputeClosed(DisputeEvent):
    """A bank has decided: the money is back, or stays with the payer, or it was only asked for."""

    type: ClassVar[str] = "studyzed.dispute.closed"

    outcome: Literal["won", "lost", "dropped"]
