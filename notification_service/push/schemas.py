"""What the outbox carries for pushes."""

from typing import ClassVar
from uuid import UUID

from libs.jobs import Job


class SendPush(Job):
    """Sends one notification to one device."""

    type: ClassVar[str] = "notification.push.send_push"

    notification_id: UUID
    device_id: UUID
