"""What clients send and get about endpoints of webhooks."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, Field, StringConstraints

from libs.schemas import Schema


class Topic(StrEnum):
    """What an endpoint can hear of; all of it is about its owner's own classes and money."""

    PAYMENT_PAID = "payment.paid"
    PAYMENT_DECLINED = "payment.declined"
    PAYMENT_REFUNDED = "payment.refunded"
    REFUND_MOVED_TO_WALLET = "refund.moved_to_wallet"
    SUBSCRIPTION_ACTIVATED = "subscription.activated"
    SUBSCRIPTION_RENEWED = "subscription.renewed"
    SUBSCRIPTION_PAST_DUE = "subscription.past_due"
    SUBSCRIPTION_SUSPENDED = "subscription.suspended"
    SUBSCRIPTION_RESTORED = "subscription.restored"
    SUBSCRIPTION_EXPIRED = "subscription.expired"
    INVOICE_ISSUED = "invoice.issued"
    WALLET_CREDITED = "wallet.credited"


class OffReason(StrEnum):
    """Why an endpoint is switched off: by its `owner`; it answered 410 (`gone`); or no try of many
    over more than a day has reached it (`failing`).
    """

    OWNER = "owner"
    GONE = "gone"
    FAILING = "failing"


Topics = Annotated[
    list[Topic], Field(min_length=1, max_length=50), AfterValidator(lambda all_: sorted({*all_}))
]
Url = Annotated[str, StringConstraints(min_length=8, max_length=2_000)]


class EndpointCreate(Schema):
    """Where to send webhooks, and of what."""

    url: Url = Field(description="`https` alone, and its host must be in the public internet.")
    events: Topics


class EndpointUpdate(Schema):
    """What to change; what is not named, or null, stays. Switched on again, an endpoint gets all
    that has waited, beginning where it stopped, unless that was skipped.
    """

    url: Url | None = None
    events: Topics | None = None
    enabled: bool | None = None


class EndpointOut(Schema):
    """An endpoint. Of the last calls in a row `failures` have failed, since `failing_since`. Until
    `former_secret_until` calls are signed with the secret before this one as well.
    """

    id: UUID
    url: str
    events: list[Topic]
    enabled: bool
    disabled_reason: OffReason | None
    disabled_at: datetime | None
    failures: int
    failing_since: datetime | None
    former_secret_until: datetime | None
    created_at: datetime


class EndpointCreated(EndpointOut):
    """A new endpoint. Its `secret` is shown this once."""

    secret: str = Field(description="`whsec_` and 32 random bytes in base64.")


class SecretOut(Schema):
    """A new secret, shown this once. The one before signs beside it until `former_secret_until`."""

    secret: str
    former_secret_until: datetime
