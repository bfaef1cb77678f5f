"""What webhooks say, by our own events: ids, codes and sums of the owner's own, no personal data.

A change that receivers could stumble over is a new `version`. Amounts are in minor units of
`currency` (ISO 4217).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, Literal, TypeVar
from uuid import UUID

from libs.events import (
    payment,
    payment_invoices,
    payment_refunds,
    payment_subscriptions,
    payment_wallets,
)
from libs.events.base import Event
from libs.schemas import Schema
from payment_service.endpoints.schemas import Topic

VERSION = 1
PING = "webhook_endpoint.ping"


class Data(Schema):
    """Base of what a webhook is about."""


class PaymentPaid(Data):
    """A class's subscription was paid for one period."""

    study_session_id: UUID
    payment_id: UUID
    plan_id: UUID
    amount: int
    currency: str
    paid_at: datetime


class PaymentDeclined(Data):
    """The provider refused a payment; its page stays open."""

    study_session_id: UUID
    payment_id: UUID


class PaymentRefunded(Data):
    """Money of a payment has gone back to who paid."""

    study_session_id: UUID
    payment_id: UUID
    refund_id: UUID
    amount: int
    currency: str
    refunded_at: datetime


class RefundMovedToWallet(PaymentRefunded):
    """Money of a payment that did not reach the card has gone into the wallet."""


class SubscriptionChanged(Data):
    """A subscription has gone to the state of this type, or was renewed. `period` (from 1) is the
    last that is paid, until `ends_at`. Unless another is paid, the class is suspended at
    `suspends_at` and ends at `expires_at`.
    """

    study_session_id: UUID
    subscription_id: UUID
    period: int
    ends_at: datetime
    suspends_at: datetime
    expires_at: datetime


class InvoiceIssued(Data):
    """An invoice or a credit note was issued. `tax` is a part of `total`."""

    invoice_id: UUID
    number: str
    kind: Literal["invoice", "credit_note"]
    study_session_id: UUID
    payment_id: UUID
    refund_id: UUID | None
    total: int
    tax: int
    currency: str


class WalletCredited(Data):
    """Money has come into the wallet from outside."""

    wallet_id: UUID
    top_up_id: UUID
    amount: int
    currency: str


class Ping(Data):
    """Sent because the owner wanted to see whether webhooks arrive."""

    webhook_endpoint_id: UUID


D = TypeVar("D", bound=Data)


class WebhookBody(Schema, Generic[D]):
    """The body of a webhook. `timestamp` is when it happened, not when it was sent."""

    type: str
    version: int = VERSION
    timestamp: datetime
    data: D


@dataclass(frozen=True, slots=True)
class Message:
    """What happened, for the endpoints of one person. `id` is the same wherever it is sent."""

    id: str
    owner_id: UUID
    type: str
    body: str


def id_of(unique: UUID) -> str:
    """The header `webhook-id` of an event, or of whatever else has an id."""
    return f"msg_{unique.hex}"


def write(kind: str, at: datetime, data: Data) -> str:
    """The body of a webhook in JSON."""
    return WebhookBody[Any](type=kind, timestamp=at, data=data).model_dump_json()


_Owner = Callable[[Any], UUID]


@dataclass(frozen=True, slots=True)
class Telling:
    """As what an event is told, and to whom."""

    topic: Topic
    data: type[Data]
    owner: _Owner


def _tutor(event: Any) -> UUID:
    found: UUID = event.tutor_id
    return found


def _owner(event: Any) -> UUID:
    found: UUID = event.owner_id
    return found


def _subscription(topic: Topic) -> Telling:
    return Telling(topic, SubscriptionChanged, _tutor)


TOLD: Mapping[type[Event], Telling] = {
    payment.SubscriptionPaid: Telling(Topic.PAYMENT_PAID, PaymentPaid, _tutor),
    payment.PaymentDeclined: Telling(Topic.PAYMENT_DECLINED, PaymentDeclined, _tutor),
    payment.PaymentRefunded: Telling(Topic.PAYMENT_REFUNDED, PaymentRefunded, _tutor),
    payment_refunds.RefundMovedToWallet: Telling(
        Topic.REFUND_MOVED_TO_WALLET, RefundMovedToWallet, _tutor
    ),
    payment_subscriptions.SubscriptionActivated: _subscription(Topic.SUBSCRIPTION_ACTIVATED),
    payment_subscriptions.SubscriptionRenewed: _subscription(Topic.SUBSCRIPTION_RENEWED),
    payment_subscriptions.SubscriptionPastDue: _subscription(Topic.SUBSCRIPTION_PAST_DUE),
    payment_subscriptions.SubscriptionSuspended: _subscription(Topic.SUBSCRIPTION_SUSPENDED),
    payment_subscriptions.SubscriptionRestored: _subscription(Topic.SUBSCRIPTION_RESTORED),
    payment_subscriptions.SubscriptionExpired: _subscription(Topic.SUBSCRIPTION_EXPIRED),
    payment_invoices.InvoiceIssued: Telling(Topic.INVOICE_ISSUED, InvoiceIssued, _tutor),
    payment_wallets.WalletToppedUp: Telling(Topic.WALLET_CREDITED, WalletCredited, _owner),
}


def message_of(event: Event, now: datetime) -> Message:
    """An event as a message to its owner's endpoints; `now` is for one that has no time."""
    telling = TOLD[type(event)]
    data = telling.data.model_validate(
        {name: getattr(event, name) for name in telling.data.model_fields}
    )
    body = write(telling.topic, event.occurred_at or now, data)
    return Message(id_of(event.event_id), telling.owner(event), telling.topic.value, body)
