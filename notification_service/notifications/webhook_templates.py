"""Kinds of notifications about endpoints of webhooks."""

from typing import ClassVar
from uuid import UUID

from notification_service.notifications.templates import Template


class EndpointSwitchedOff(Template):
    """To its owner, when nobody has answered there for long."""

    kind: ClassVar[str] = "webhook_endpoint_disabled"

    webhook_endpoint_id: UUID
