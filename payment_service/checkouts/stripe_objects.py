"""The parts of Stripe's objects that we read, from webhooks and from the API alike.

Sources: https://docs.stripe.com/api/checkout/sessions/object,
https://docs.stripe.com/api/payment_intents/object, https://docs.stripe.com/api/refunds/object and
https://docs.stripe.com/api/charges/object. Other fields are ignored.
"""

from datetime import datetime
from typing import Annotated, Any, Generic, TypeVar
from uuid import UUID

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

from payment_service.payments.states import Finding, Verdict
from payment_service.refunds.states import Hint, RefundFound, RefundOrder, RefundState

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


OurId = Annotated[UUID | None, BeforeValidator(_ours)]
PaymentId = OurId
REFUND_STATES = {
    "succeeded": RefundState.SUCCEEDED,
    "failed": RefundState.FAILED,
    "canceled": RefundState.FAILED,
}
"""Whatever else Stripe says of a refund (`pending`, `requires_action`): it is not over."""


class _Part(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class Metadata(_Part):
    """What we wrote into the object when we made it."""

    payment_id: PaymentId = None
    refund_id: OurId = None
    top_up_id: OurId = None


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


class StripeRefund(_Part):
    """A refund. `amount` is in minor units."""

    id: StripeId
    amount: int = 0
    status: str | None = None
    failure_reason: str | None = None
    payment_intent: Annotated[StripeId | None, BeforeValidator(_id_of)] = None
    metadata: Metadata = Field(default_factory=Metadata)

    @property
    def state(self) -> RefundState:
        """How far it is."""
        return REFUND_STATES.get(self.status or "", RefundState.SENT)

    def found(self) -> RefundFound:
        """What it says."""
        failed = self.state is RefundState.FAILED
        reason = (self.failure_reason or self.status) if failed else None
        return RefundFound(self.id, self.state, reason, by_bank=self.status == "failed")

    def hint(self) -> Hint:
        """What it says when a webhook brings it."""
        return Hint(self.state, self.metadata.refund_id, self.id, self.payment_intent)


class RefundList(_Part):
    """Refunds of one payment intent, newest first."""

    data: list[StripeRefund]

    def find(self, order: RefundOrder) -> RefundFound | None:
        """Ours for this order; else, where the order allows that, and as much was given back by
        hand that is not another's, the newest of those.
        """
        alive = [one for one in self.data if one.state is not RefundState.FAILED]
        ours = [one for one in alive if one.metadata.refund_id == order.refund_id]
        if not ours and order.by_hand:
            ours = _by_hand(alive, order)
        return ours[0].found() if ours else None


def _by_hand(alive: list[StripeRefund], order: RefundOrder) -> list[StripeRefund]:
    others = [one for one in alive if one.metadata.refund_id is None]
    left = sum(one.amount for one in others)
    left -= sum(order.taken.get(one.id, 0) for one in others)
    free = [one for one in others if one.id not in order.taken]
    return free if left >= order.amount else []


class EvidenceDetails(_Part):
    """Until when evidence is taken."""

    due_by: datetime | None = None


class StripeDispute(_Part):
    """A dispute (https://docs.stripe.com/api/disputes/object). `amount` is in minor units."""

    id: StripeId
    amount: int = 0
    currency: str = ""
    status: str = ""
    reason: Annotated[str, StringConstraints(max_length=100)] = "general"
    payment_intent: Annotated[StripeId | None, BeforeValidator(_id_of)] = None
    evidence_details: EvidenceDetails = Field(default_factory=EvidenceDetails)

    @property
    def respond_by(self) -> datetime | None:
        """Until when evidence is taken."""
        return self.evidence_details.due_by


T = TypeVar("T", PaymentIntent, StripeRefund, StripeDispute)


class ListPage(_Part, Generic[T]):
    """A page of a list (https://docs.stripe.com/api/pagination)."""

    data: list[T]
    has_more: bool = False


IntentPage = ListPage[PaymentIntent]
RefundPage = ListPage[StripeRefund]
DisputePage = ListPage[StripeDispute]


class Charge(_Part):
    """A charge. `refunded` says that all of it has gone back, or is on its way; how much that is
    stands in `amount_refunded`, in minor units.
    """

    id: StripeId
    refunded: bool = False
    amount_refunded: int = 0
    payment_intent: Annotated[StripeId | None, BeforeValidator(_id_of)] = None

    def hint(self) -> Hint:
        """What it says when a webhook brings it."""
        state = RefundState.SUCCEEDED if self.refunded else RefundState.SENT
        return Hint(state, payment_intent=self.payment_intent, gone=self.amount_refunded)
