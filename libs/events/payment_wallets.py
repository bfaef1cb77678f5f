"""Events of payment_service about wallets."""

from typing import ClassVar
from uuid import UUID

from libs.events.base import Event


class WalletEvent(Event):
    """Base: keyed by the wallet."""

    topic: ClassVar[str] = "payment.events"
    key_field: ClassVar[str] = "wallet_id"

    wallet_id: UUID
    owner_id: UUID


class WalletFrozen(WalletEvent):
    """An admin has frozen a wallet: no money can leave it. The reason stands with the wallet."""

    type: ClassVar[str] = "studyzed.wallet.frozen"


class WalletThawed(WalletEvent):
    """Money can leave a wallet again."""

    type: ClassVar[str] = "studyzed.wallet.thawed"


class WalletToppedUp(WalletEvent):
    """Money has come into a wallet from outside. `amount` is in minor units of `currency` (ISO
    4217).
    """

    type: ClassVar[str] = "studyzed.wallet.topped_up"

    top_up_id: UUID
    amount: int
    currency: str
