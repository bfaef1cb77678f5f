"""The one merchant account of the stand-in: its objects, its events and its clock."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field

from deploy.local.vendors.stripe.errors import Json, missing
from deploy.local.vendors.stripe.store import Delivery, Store

API_VERSION = "2026-10-28.endive"
# What the webhook endpoint is subscribed to; other events are only listed.
SUBSCRIBED = frozenset(
    {
        "charge.dispute.closed",
        "charge.dispute.created",
        "charge.dispute.funds_reinstated",
        "charge.dispute.funds_withdrawn",
        "charge.dispute.updated",
        "charge.refunded",
        "checkout.session.completed",
        "checkout.session.expired",
        "payment_intent.canceled",
        "payment_intent.payment_failed",
        "payment_intent.succeeded",
        "refund.failed",
        "refund.updated",
    }
)
NO_REQUEST: Json = {"id": None, "idempotency_key": None}


def new_id(prefix: str) -> str:
    """A fresh id such as `pi_…`; the prefix is the vendor's."""
    return f"{prefix}_{secrets.token_hex(12)}"


def public(thing: Json) -> Json:
    """An object without the fields that the stand-in keeps for itself."""
    return {name: value for name, value in thing.items() if not name.startswith("_")}


@dataclass
class Account:
    """`now` gives Unix time in seconds; `on_event` is called when a webhook was queued.

    `request` is what the events of the running API call name as their cause; `refunds` the status
    that new refunds get (succeeded, pending or failed).
    """

    store: Store
    now: Callable[[], float]
    public_url: str
    on_event: Callable[[], None]
    request: Json = field(default_factory=lambda: dict(NO_REQUEST))
    refunds: str = "succeeded"

    def time(self) -> int:
        """Unix time in whole seconds, as Stripe's `created`."""
        return int(self.now())

    def get(self, kind: str, object_id: str, param: str = "id") -> Json:
        """The object, or Stripe's 404."""
        thing = self.store.find(kind, object_id)
        if thing is None:
            raise missing(kind, object_id, param)
        return thing

    def emit(self, kind: str, thing: Json) -> None:
        """Record an event with a snapshot of the object, and queue its webhook if subscribed."""
        subscribed = kind in SUBSCRIBED
        event: Json = {
            "id": new_id("evt"),
            "object": "event",
            "api_version": API_VERSION,
            "created": self.time(),
            "data": {"object": public(thing)},
            "livemode": False,
            "pending_webhooks": int(subscribed),
            "request": self.request,
            "type": kind,
        }
        self.store.put(event)
        if subscribed:
            self.store.schedule(Delivery(event["id"], "pending", 0, self.now(), ""))
            self.on_event()
