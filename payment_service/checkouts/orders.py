"""What Stripe is asked to open a page for."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Order:
    """What to ask Stripe for; equal orders of one payment give the same checkout. `amount` is in
    minor units.
    """

    payment_id: UUID
    study_session_id: UUID
    description: str
    amount: int
    currency: str
    expires_at: datetime

    @property
    def name(self) -> UUID:
        """Our own id of what is paid."""
        return self.payment_id

    @property
    def key(self) -> str:
        """Stripe's idempotency key."""
        return f"studyzed-checkout-{self.payment_id}"

    @property
    def reference(self) -> dict[str, str]:
        """What Stripe keeps with it, and tells in webhooks."""
        ids = {"payment_id": self.payment_id, "study_session_id": self.study_session_id}
        return {name: str(value) for name, value in ids.items()}


@dataclass(frozen=True, slots=True)
class TopUpOrder:
    """The same for money into a wallet."""

    top_up_id: UUID
    amount: int
    currency: str
    expires_at: datetime
    description: str = "StudyZed wallet"

    @property
    def name(self) -> UUID:
        """Our own id of what is paid."""
        return self.top_up_id

    @property
    def key(self) -> str:
        """Stripe's idempotency key."""
        return f"studyzed-top-up-{self.top_up_id}"

    @property
    def reference(self) -> dict[str, str]:
        """What Stripe keeps with it, and tells in webhooks."""
        return {"top_up_id": str(self.top_up_id)}
