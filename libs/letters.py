"""What waits in an outbox, whichever store keeps it."""

from dataclasses import dataclass
from uuid import UUID

KAFKA, CELERY = "kafka", "celery"
"""Where letters go."""


@dataclass(frozen=True, slots=True)
class Letter:
    """One outbox row on its way out; `id` is the event's or the job's id."""

    id: UUID
    destination: str
    address: str
    key: str
    body: str
    traceparent: str
