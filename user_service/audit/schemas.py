"""What admins get of the audit trail."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from libs.schemas import Schema


class AuditEntryOut(Schema):
    """Who did what to whom; no actor means the platform itself."""

    id: UUID
    at: datetime
    actor_id: UUID | None
    action: str
    subject_id: UUID | None
    details: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Filter:
    """Which entries are asked for; `before` is not among them."""

    actor_id: UUID | None = None
    subject_id: UUID | None = None
    action: str | None = None
    since: datetime | None = None
    before: datetime | None = None
