"""What clients send and get about devices."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import StringConstraints

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
