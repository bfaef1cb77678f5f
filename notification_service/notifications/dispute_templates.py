"""Kinds of notifications about disputes, to the payer and the admins."""

from typing import ClassVar
from uuid import UUID

from notification_service.notifications.templates import Template


class DisputeBegun(Template):
    """How long there is to answer stands in the admins' list."""

    kind: ClassVar[str] = "dispute_opened"

    dispute_id: UUID


class DisputeWon(Template):
    """Also when a bank asks no more."""

    kind: ClassVar[str] = "dispute_won"

    dispute_id: UUID


class DisputeLost(Template):
    """What was paid for ends with it."""

    kind: ClassVar[str] = "dispute_lost"

    dispute_id: UUID
