"""One entry in a person's feed."""

from collections.abc import Set
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from notification_service.notifications.templates import Template


@dataclass(frozen=True, slots=True)
class Notification:
    """`number` counts a person's notifications from 1, without gaps."""

    id: UUID
    account_id: UUID
    event_id: UUID
    number: int
    template: Template
    created_at: datetime
    read_at: datetime | None


@dataclass(frozen=True, slots=True)
class News:
    """What an event is to tell people; `traceparent` is the event's."""

    event_id: UUID
    account_ids: tuple[UUID, ...]
    template: Template
    traceparent: str

    def without(self, gone: Set[UUID]) -> "News":
        """The same, but not for these people."""
        return replace(self, account_ids=tuple(one for one in self.account_ids if one not in gone))


@dataclass(frozen=True, slots=True)
class Feed:
    """What is kept per person: the last number given out, and how many entries are unread."""

    number: int = 0
    unread: int = 0
