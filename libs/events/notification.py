"""Events of notification_service: ids only."""

from typing import ClassVar
from uuid import UUID

from libs.events.base import Event


class NotificationAdded(Event):
    """A person's feed has a new entry; `revision` is its number in that feed."""

    type: ClassVar[str] = "studyzed.notification.added"
    topic: ClassVar[str] = "notification.events"
    key_field: ClassVar[str] = "account_id"

    account_id: UUID
    notification_id: UUID
