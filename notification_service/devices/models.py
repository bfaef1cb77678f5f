"""Where pushes go."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

STALE_AFTER = timedelta(days=60)
MOST_DEVICES = 20
"""Per person; one more makes the least recently seen one go."""


@dataclass(frozen=True, slots=True)
class Device:
    """One installation of the app under one account. `token` is FCM's, and may change."""

    id: UUID
    account_id: UUID
    installation_id: str
    token: str
    platform: str
    created_at: datetime
    seen_at: datetime
