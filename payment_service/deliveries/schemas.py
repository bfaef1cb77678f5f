"""What clients get about deliveries."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from pydantic import Field

from libs.schemas import Schema


class DeliveryState(StrEnum):
    """`waiting`: it is tried until it arrives or its endpoint is switched off. `delivered`: the
    receiver has answered 2xx. `skipped`: its owner wanted so, or it has waited for 30 days.
    """

    WAITING = "waiting"
    DELIVERED = "delivered"
    SKIPPED = "skipped"


class Failure(StrEnum):
    """Why the last try failed: no answer `timeout`, `connection`, `tls` or `protocol`; nothing was
    asked `unknown_host` or `private_address`; or another answer than 2xx (`status`).
    """

    TIMEOUT = "timeout"
    CONNECTION = "connection"
    TLS = "tls"
    PROTOCOL = "protocol"
    UNKNOWN_HOST = "unknown_host"
    PRIVATE_ADDRESS = "private_address"
    STATUS = "status"


class DeliveryOut(Schema):
    """One webhook to one endpoint. It is sent in the order of `sequence`; `webhook_id` is its
    header, the same at every try. `status_code` and `failure` are of the last try at `tried_at`.
    """

    id: UUID
    webhook_id: str
    sequence: int
    type: str
    state: DeliveryState
    attempts: int
    status_code: int | None
    failure: Failure | None
    created_at: datetime
    tried_at: datetime | None
    ended_at: datetime | None


class Skipped(Schema):
    """How many waiting deliveries will not be sent."""

    skipped: int = Field(ge=0)
