"""What clients get about notifications."""

from datetime import datetime
from uuid import UUID

from libs.schemas import Schema


class NotificationOut(Schema):
    """One entry; `about` holds the ids and codes of what it is about, by `kind`."""

    id: UUID
    number: int
    kind: str
    title: str
    body: str
    about: dict[str, str]
    created_at: datetime
    read_at: datetime | None


class UnreadOut(Schema):
    """How many notifications are unread."""

    unread: int
