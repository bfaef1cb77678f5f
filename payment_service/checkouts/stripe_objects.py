"""The parts of Stripe's objects that we read, from webhooks and from the API alike.

Sources: https://docs.stripe.com/api/checkout/sessions/object and
https://docs.stripe.com/api/payment_intents/object. Other fields are ignored.
"""

from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

from payment_service.payments.states import Finding, Verdict

StripeId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{1,255}$")]


def _id_of(value: Any) -> Any:
    """An expanded object stands for its id."""
    return value.get("id") if isinstance(value, dict) else value


def _ours(value: Any) -> UUID | None:
    """Metadata that is not ours, or not an id, names no payment."""
    try:
        return UUID(value)
    except (ValueError, TypeError, AttributeError):
        return None


PaymentId = Annotated[UUID | None, BeforeValidator(_ours)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class Metadata(_Part):
    """What we wrote into the object when we made it."""

    payment_id: PaymentId = None


class CheckoutSession(_Part):
    """A checkout session. `amount_total` is in minor units."""

    id: StripeId
    status: str | None = None
    payment_status: str = "unpaid"
    amount_total: int | None = None
    currency: str | None = None
    payment_intent: Annotated[StripeId | None, BeforeValidator(_id_of)] = None
    client_reference_id: PaymentId = None
    metadata: Metadata = Field(default_factory=Metadata)
    url: str | None = None

    @property
    def payment_id(self) -> UUID | None:
        """The payment that it was made for."""
        return self.metadata.payment_id or self.client_reference_id

    def finding(self, *, failed: bool = False) -> Finding:
        """What it says; `failed` when a delayed payment method has failed in the end."""
        verdict = Verdict.OPEN
        if self.payment_status in ("paid", "no_payment_required"):
            verdict = Verdict.PAID
        elif failed:
            verdict = Verdict.FAILED
        elif self.status == "expired":
            verdict = Verdict.EXPIRED
        return Finding(
            verdict,
            stripe_session_id=self.id,
            payment_intent=self.payment_intent,
            amount=self.amount_total,
            currency=(self.currency or "").upper(),
        )


class PaymentIntent(_Part):
    """A payment intent. `amount_received` is in minor units."""

    id: StripeId
    amount_received: int = 0
    currency: str = ""
    metadata: Metadata = Field(default_factory=Metadata)

    @property
    def payment_id(self) -> UUID | None:
        """The payment that it was made for."""
        return self.metadata.payment_id

    def finding(self, verdict: Verdict) -> Finding:
        """What it says, given the event that carries it."""
        return Finding(
            verdict,
            payment_intent=self.id,
            amount=self.amount_received,
            currency=self.currency.upper(),
        )
