"""Setting money of a wallet aside, taking it, letting it go.

All three lock the wallet's row first, so that no two of them meet on one hold, and a freeze stops
what takes money (P-A12): holds and captures; a release is a credit.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from libs.ids import new_id
from payment_service.holds import repository
from payment_service.holds.errors import HoldDiffers
from payment_service.holds.models import Hold
from payment_service.ledger import service as ledger
from payment_service.ledger.postings import Account, PostingKind, moved
from payment_service.wallets import service as wallets
from payment_service.wallets.errors import WalletFrozen
from payment_service.wallets.models import Wallet


@dataclass(frozen=True, slots=True)
class HoldOrder:
    """What to set aside: `amount` in minor units of `currency` (ISO 4217), until `expires_at`.
    Equal references are one hold.
    """

    owner_id: UUID
    currency: str
    amount: int
    reference: str
    expires_at: datetime


async def hold(session: AsyncSession, order: HoldOrder, now: datetime) -> Hold:
    """Sets money aside; the hold that there is, if its reference is known.

    Raises `WalletFrozen`, `InsufficientFunds`, or `HoldDiffers` when the reference is that of
    another sum or person.
    """
    wallet = await wallets.lock_to_spend(session, order.owner_id, order.currency)
    known = await repository.find(session, order.reference)
    if known is not None:
        if (known.wallet_id, known.amount) != (wallet.id, order.amount):
            raise HoldDiffers
        return known
    made = _new(wallet, order, now)
    posting = moved(PostingKind.HOLD, made.id, wallet.free, wallet.held, order.amount)
    await ledger.post(session, posting, now)
    await repository.add(session, made)
    return made


async def capture(
    session: AsyncSession, hold_id: UUID, amount: int, target: Account, now: datetime
) -> bool:
    """Moves so much of a hold, in minor units, to an account of the ledger, and lets the rest go;
    whether it is news: the same capture again is harmless.

    Raises `HoldNotFound`, `HoldClosed`, `CaptureTooHigh` or `WalletFrozen`.
    """
    wallet, found = await repository.lock(session, hold_id)
    if not found.capture(amount, now):
        return False
    if wallet.frozen:
        raise WalletFrozen
    posting = moved(PostingKind.CAPTURE, found.id, wallet.held, target, amount)
    await ledger.post(session, posting, now)
    await _let_go(session, wallet, found, now)
    return True


async def release(session: AsyncSession, hold_id: UUID, now: datetime) -> bool:
    """Gives a hold back to its wallet, a frozen one, too; whether it is news.

    Raises `HoldNotFound`, or `HoldClosed` when some of it was captured.
    """
    wallet, found = await repository.lock(session, hold_id)
    if not found.release(now):
        return False
    await _let_go(session, wallet, found, now)
    return True


async def _let_go(session: AsyncSession, wallet: Wallet, found: Hold, now: datetime) -> None:
    if found.released:
        posting = moved(PostingKind.RELEASE, found.id, wallet.held, wallet.free, found.released)
        await ledger.post(session, posting, now)


def _new(wallet: Wallet, order: HoldOrder, now: datetime) -> Hold:
    return Hold(
        id=new_id(),
        wallet_id=wallet.id,
        reference=order.reference,
        amount=order.amount,
        captured=0,
        released=0,
        created_at=now,
        expires_at=order.expires_at,
    )
