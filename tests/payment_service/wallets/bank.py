"""What the tests of wallets do: money in and out by hand, freezing, looking."""

from uuid import UUID

from sqlalchemy import select

from libs.ids import new_id
from libs.postgres import Database
from payment_service.ledger.postings import Account, AccountKind, PostingKind, moved
from payment_service.ledger.wallet_entries import wallet_sale
from payment_service.wallets import service
from payment_service.wallets.models import Wallet


async def fill(database: Database, owner_id: UUID, amount: int, currency: str = "INR") -> None:
    """Money has come in from outside."""
    wallet = Account(AccountKind.WALLET, currency, owner_id)
    clearing = Account(AccountKind.PROVIDER_CLEARING, currency)
    posting = moved(PostingKind.TOP_UP, new_id(), clearing, wallet, amount)
    async with database.transaction() as session:
        await service.credit(session, owner_id, currency, posting, database.clock.now())


async def spend(database: Database, owner_id: UUID, amount: int) -> bool:
    """Money goes out; raises what `debit` raises."""
    posting = wallet_sale(new_id(), owner_id, amount, "INR")
    async with database.transaction() as session:
        return await service.debit(session, owner_id, "INR", posting, database.clock.now())


async def freeze(database: Database, wallet_id: UUID) -> None:
    """An admin freezes a wallet."""
    async with database.transaction() as session:
        await service.freeze(session, wallet_id, new_id(), "A test.", database.clock.now())


async def wallet_of(database: Database, owner_id: UUID) -> Wallet:
    """A person's one wallet."""
    async with database.transaction() as session:
        return (await session.scalars(select(Wallet).where(Wallet.owner_id == owner_id))).one()
