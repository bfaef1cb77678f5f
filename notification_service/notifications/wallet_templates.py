"""Kinds of notifications about wallets."""

from typing import ClassVar
from uuid import UUID

from notification_service.notifications.templates import Template


class WalletLocked(Template):
    """To its owner. The reason is the admins' alone."""

    kind: ClassVar[str] = "wallet_frozen"

    wallet_id: UUID


class WalletUnlocked(Template):
    """To its owner."""

    kind: ClassVar[str] = "wallet_thawed"

    wallet_id: UUID


class WalletFilled(Template):
    """To its owner. The sum is in the statement."""

    kind: ClassVar[str] = "wallet_topped_up"

    wallet_id: UUID
    top_up_id: UUID
