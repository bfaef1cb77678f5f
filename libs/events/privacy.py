"""Answers to user_service about a person's data. Every service sends them, and only user_service
reads them: on a topic of their own, it need not read through all that the others say.
"""

from typing import ClassVar
from uuid import UUID

from libs.events.base import Event


class PrivacyEvent(Event):
    """Base. `service` is the name of the service that answers."""

    topic: ClassVar[str] = "privacy.events"

    service: str


class ExportPartReady(PrivacyEvent):
    """A service's part of an export lies in the object store; `size` in bytes."""

    type: ClassVar[str] = "studyzed.export_part.ready"
    key_field: ClassVar[str] = "export_id"

    export_id: UUID
    object_key: str
    sha256: str
    size: int


class ErasureConfirmed(PrivacyEvent):
    """A service has erased a person. `counts` says how many rows or documents it met, by the names
    of the data map.
    """

    type: ClassVar[str] = "studyzed.erasure.confirmed"
    key_field: ClassVar[str] = "erasure_id"

    erasure_id: UUID
    counts: dict[str, int]
