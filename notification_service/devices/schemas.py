"""What clients send and get about devices, and what the outbox carries."""

from datetime import datetime
from typing import Annotated, ClassVar, Literal
from uuid import UUID

from pydantic import StringConstraints

from libs.jobs import Job
from libs.schemas import Schema

InstallationId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_.:-]{8,200}$")]
Token = Annotated[str, StringConstraints(pattern=r"^[\x21-\x7e]{8,4096}$")]


class DeviceRegister(Schema):
    """`installation_id` is drawn by the app when it is installed; `token` is FCM's for it."""

    installation_id: InstallationId
    token: Token
    platform: Literal["android", "ios", "web"]


class DeviceOut(Schema):
    """One of one's own devices. The token is not shown again."""

    id: UUID
    installation_id: str
    platform: str
    created_at: datetime
    seen_at: datetime


class RemoveStaleDevices(Job):
    """Forgets devices that were not seen for long; scheduled."""

    type: ClassVar[str] = "notification.devices.remove_stale"
