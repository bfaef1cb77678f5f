"""Kinds of notifications about disputes."""

from typing import ClassVar
from uuid import UUID

from notification_service.notifications.templates import Template


class DisputeWaits(Template):
    """To admins. Until when it can be answered stands in their list."""

    kind: ClassVar[str] = "dispute_opened"

    dispute_id: UUID


class DisputeWon(Template):
    """To admins."""

    kind: ClassVar[str] = "dispute_won"

    dispute_id: UUID


class DisputeLost(Template):
    """To admins."""

    kind: ClassVar[str] = "dispute_lost"

    dispute_id: UUID


class DisputeDropped(Template):
    """To admins."""

    kind: ClassVar[str] = "dispute_dropped"

    dispute_id: UUID
