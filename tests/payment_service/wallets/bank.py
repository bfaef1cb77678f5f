"""What the tests of wallets do: money in and out by hand, freezing, looking."""

from uuid import UUID

from sqlalchemy import select

from libs.ids import new_id
from libs.postgres import Database
from payment_service.ledger import repository as balances
from payment_service.ledger.postings import Account, AccountKind
from payment_service.ledger.wallet_entries import wallet_sale
from payment_service.payments.states import Finding, Outcome, Verdict
from payment_service.top_ups import service as top_ups
from payment_service.top_ups.models import TopUp
from payment_service.wallets import service
from payment_service.wallets.models import Wallet


async def fill(database: Database, owner_id: UUID, amount: int, currency: str = "INR") -> UUID:
    """Money has come in from outside; the top-up's id."""
    now = database.clock.now()
    top_up = TopUp(
        id=new_id(), owner_id=owner_id, amount=amount, currency=currency, status="open",
        created_at=now, expires_at=now, checked_at=now, revision=1,
    )  # fmt: skip
    found = Finding(Verdict.PAID, f"cs_{top_up.id.hex}", f"pi_{top_up.id.hex}", amount, currency)
    async with database.transaction() as session:
        session.add(top_up)
        await session.flush()
        assert await top_ups.settle(session, top_up.id, found, now) is Outcome.APPLIED
    return top_up.id


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


async def money_of(database: Database, owner_id: UUID) -> tuple[int, int]:
    """What a person can spend, and what is set aside, by the ledger."""
    kinds = (AccountKind.WALLET, AccountKind.HOLD)
    async with database.transaction() as session:
        free, held = [
            await balances.get_balance(session, Account(kind, "INR", owner_id)) for kind in kinds
        ]
    return free, held
