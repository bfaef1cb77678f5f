"""Money into wallets and out of them, and freezing them.

Whatever moves a wallet's money comes through `credit` or `debit`, which lock its row first: so a
freeze waits for debits under way, and none follows it (P-A12).
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from libs import outbox
from libs.events.payment_wallets import WalletFrozen as FrozenEvent
from libs.events.payment_wallets import WalletThawed as ThawedEvent
from payment_service.ledger import repository as balances
from payment_service.ledger import service as ledger
from payment_service.ledger.errors import InsufficientFunds
from payment_service.ledger.postings import Posting
from payment_service.wallets import repository
from payment_service.wallets.errors import AlreadyFrozen, WalletFrozen
from payment_service.wallets.models import Wallet


async def credit(
    session: AsyncSession, owner_id: UUID, currency: str, posting: Posting, now: datetime
) -> bool:
    """Writes a posting that brings money into a person's wallet, which is opened if need be; a
    frozen one takes it, too. Whether it is news.
    """
    await open_locked(session, owner_id, currency, now)
    return await ledger.post(session, posting, now)


async def debit(
    session: AsyncSession, owner_id: UUID, currency: str, posting: Posting, now: datetime
) -> bool:
    """Writes a posting that takes money out of a person's wallet; whether it is news.

    Raises `WalletFrozen`, or `InsufficientFunds` also when there is no wallet.
    """
    await lock_to_spend(session, owner_id, currency)
    return await ledger.post(session, posting, now)


async def open_locked(
    session: AsyncSession, owner_id: UUID, currency: str, now: datetime
) -> Wallet:
    """A person's wallet, locked; a new one if there is none."""
    return await repository.open_locked(session, owner_id, currency, now)


async def lock_to_spend(session: AsyncSession, owner_id: UUID, currency: str) -> Wallet:
    """A person's wallet, locked, from which money may go out. Raises as `debit`."""
    wallet = await repository.find_locked(session, owner_id, currency)
    if wallet is None:
        raise InsufficientFunds
    if wallet.frozen:
        raise WalletFrozen
    return wallet


async def require(session: AsyncSession, owner_id: UUID, currency: str, amount: int) -> None:
    """Makes sure that a person could pay so much now, in minor units. Raises as `debit`."""
    wallet = await lock_to_spend(session, owner_id, currency)
    if await balances.get_balance(session, wallet.free) < amount:
        raise InsufficientFunds


async def freeze(
    session: AsyncSession, wallet_id: UUID, admin_id: UUID, reason: str, now: datetime
) -> Wallet:
    """Lets nothing out of a wallet; kept with the admin and the reason, and told to its owner.

    Raises `WalletNotFound`, or `AlreadyFrozen`: the first reason stands.
    """
    wallet = await repository.lock(session, wallet_id)
    if wallet.frozen_at is not None:
        raise AlreadyFrozen
    before = wallet.frozen
    await repository.add_act(session, wallet.freeze(admin_id, reason, now))
    await _tell(session, wallet, before=before)
    return wallet


async def thaw(session: AsyncSession, wallet_id: UUID, admin_id: UUID, now: datetime) -> None:
    """Ends a freeze; nothing where there is none. Raises `WalletNotFound`."""
    wallet = await repository.lock(session, wallet_id)
    if wallet.frozen_at is None:
        return
    await repository.add_act(session, wallet.thaw(admin_id, now))
    await _tell(session, wallet, before=True)


async def count_dispute(session: AsyncSession, wallet: Wallet, change: int) -> None:
    """A dispute of its owner's has begun (1) or ended (-1): nothing leaves a locked wallet as long
    as there is one. A freeze by an admin has nothing to do with it.
    """
    before = wallet.frozen
    wallet.count_dispute(change)
    await _tell(session, wallet, before=before)


async def _tell(session: AsyncSession, wallet: Wallet, *, before: bool) -> None:
    """Tells of what is other than `before`: two reasons to freeze it may overlap."""
    if wallet.frozen == before:
        return
    event = FrozenEvent if wallet.frozen else ThawedEvent
    await outbox.publish(
        session, event(wallet_id=wallet.id, owner_id=wallet.owner_id, revision=wallet.revision)
    )
