"""Events of payment_service about people's endpoints of webhooks."""

from typing import ClassVar, Literal
from uuid import UUID

from libs.events.base import Event


class WebhookEndpointDisabled(Event):
    """An endpoint was switched off, since it answered that it is `gone`, or was `failing` at every
    try of more than a day. What comes waits until its owner switches it on again.
    """

    type: ClassVar[str] = "studyzed.webhook_endpoint.disabled"
    topic: ClassVar[str] = "payment.events"
    key_field: ClassVar[str] = "webhook_endpoint_id"

    webhook_endpoint_id: UUID
    owner_id: UUID
    cause: Literal["gone", "failing"]
