"""The law of the ledger (P4, P-A2, P-A3): what the code refuses, and what the database does."""

import asyncio
from collections.abc import Mapping, Sequence

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from libs.ids import new_id
from libs.postgres import Database, constraint
from payment_service.ledger import repository
from payment_service.ledger.checks import check
from payment_service.ledger.errors import InsufficientFunds
from payment_service.ledger.postings import (
    Account,
    AccountKind,
    Posting,
    PostingKind,
    PostingRefused,
    moved,
)
from payment_service.ledger.schemas import Drift
from payment_service.ledger.service import post

CLEARING = Account(AccountKind.PROVIDER_CLEARING, "INR")
REVENUE = Account(AccountKind.REVENUE, "INR")
DOLLARS = Account(AccountKind.REVENUE, "USD")


def wallet() -> Account:
    """Somebody's, and empty."""
    return Account(AccountKind.WALLET, "INR", new_id())


async def write(books: Database, posting: Posting) -> bool:
    """Posts in a transaction of its own."""
    return await books.run(lambda session: post(session, posting, books.clock.now()))


async def balances(books: Database, *accounts: Account) -> list[int]:
    """What they hold."""
    async with books.transaction() as session:
        return [await repository.get_balance(session, account) for account in accounts]


@pytest.mark.parametrize(
    "lines",
    [
        {},
        {REVENUE: 5},
        {CLEARING: -5, REVENUE: 4},
        {CLEARING: -5, DOLLARS: 5},
        {CLEARING: 0, REVENUE: 0},
        {CLEARING: -5, REVENUE: 5, DOLLARS: 0},
    ],
)
def test_p_a2_a_posting_moves_two_accounts_and_sums_to_zero(lines: Mapping[Account, int]) -> None:
    with pytest.raises(PostingRefused):
        Posting(PostingKind.SALE, "1", lines)


@pytest.mark.parametrize(
    ("kind", "owned"), [(AccountKind.REVENUE, True), (AccountKind.WALLET, False)]
)
def test_p_a2_owners_have_wallets_and_nothing_of_the_platform_s(
    kind: AccountKind, owned: bool
) -> None:
    with pytest.raises(PostingRefused):
        Account(kind, "INR", new_id() if owned else None)


async def test_p4_a_posting_moves_what_it_says_once(books: Database) -> None:
    mine = wallet()
    topped = Posting(PostingKind.TOP_UP, "a", {CLEARING: -700, mine: 600, REVENUE: 100})
    assert await write(books, topped)
    assert not await write(books, topped)
    other = moved(PostingKind.TOP_UP, "a", CLEARING, mine, 5)
    assert not await write(books, other)  # the reference counts, not the sum
    assert await balances(books, CLEARING, mine, REVENUE) == [-700, 600, 100]
    found = await check(books)
    assert (found.balanced, found.accounts, found.postings) == (True, 3, 1)


async def test_p_a3_of_50_debits_at_once_as_many_pass_as_are_covered(books: Database) -> None:
    mine = wallet()
    await write(books, moved(PostingKind.TOP_UP, "a", CLEARING, mine, 100_00))
    debits = [moved(PostingKind.SALE, number, mine, REVENUE, 30_00) for number in range(50)]
    results = await asyncio.gather(*(write(books, one) for one in debits), return_exceptions=True)
    assert results.count(True) == 3
    refused = [one for one in results if isinstance(one, InsufficientFunds)]
    assert (len(refused), {one.status for one in refused}) == (47, {402})
    assert await balances(books, mine, REVENUE) == [10_00, 90_00]
    assert (await check(books)).balanced


async def test_p6_transfers_both_ways_at_once_neither_deadlock_nor_lose(books: Database) -> None:
    one, two = wallet(), wallet()
    for number, account in enumerate((one, two)):
        await write(books, moved(PostingKind.TOP_UP, number, CLEARING, account, 1_000))
    ways = [
        moved(PostingKind.CAPTURE, number, *((one, two) if number % 2 else (two, one)), 10)
        for number in range(60)
    ]
    assert all(await asyncio.gather(*(write(books, way) for way in ways)))
    assert await balances(books, one, two) == [1_000, 1_000]


async def test_p6_transactions_of_two_postings_each_do_not_deadlock(books: Database) -> None:
    """As refunds into wallets are: what is owed, and then its payment."""
    refunds = Account(AccountKind.REFUNDS, "INR")
    people = [wallet() for _ in range(60)]

    async def refund(number: int, mine: Account) -> None:
        owed = moved(PostingKind.REFUND_OWED, number, REVENUE, refunds, 10)
        paid = moved(PostingKind.REFUND_PAID, number, refunds, mine, 10)
        async with books.transaction() as session:
            for posting in (owed, paid):
                assert await post(session, posting, books.clock.now())
                await asyncio.sleep(0.01)

    await asyncio.gather(*(refund(*one) for one in enumerate(people)))
    assert await balances(books, REVENUE, refunds, *people) == [-600, 0, *[10] * 60]


async def test_p4_the_same_posting_at_once_is_written_once(books: Database) -> None:
    mine = wallet()
    same = moved(PostingKind.TOP_UP, "a", CLEARING, mine, 100)
    results = await asyncio.gather(*(write(books, same) for _ in range(20)))
    assert results.count(True) == 1
    assert await balances(books, mine) == [100]


async def test_p4_a_repeat_is_known_even_when_nothing_is_left(books: Database) -> None:
    mine = wallet()
    await write(books, moved(PostingKind.TOP_UP, "a", CLEARING, mine, 100))
    spent = moved(PostingKind.SALE, "b", mine, REVENUE, 100)
    assert await write(books, spent)
    assert not await write(books, spent)


async def test_p6_what_is_refused_leaves_nothing(books: Database) -> None:
    mine = wallet()
    with pytest.raises(InsufficientFunds):
        await write(books, moved(PostingKind.SALE, "b", mine, REVENUE, 1))
    assert (await check(books)).postings == 0


POSTING = "INSERT INTO ledger_postings VALUES (:id, 'sale', 'x', {lines}, now())"
LINES = "INSERT INTO ledger_lines SELECT id, :id, currency, {amount} FROM ledger_accounts"


@pytest.mark.parametrize(
    "statement",
    [
        POSTING.format(lines=2),
        f"WITH p AS ({POSTING.format(lines=4)}) {LINES.format(amount=5)}",
        f"WITH p AS ({POSTING.format(lines=3)}) {LINES.format(amount=5)}",
    ],
    ids=["no lines", "not whole", "not zero"],
)
async def test_p_a2_the_database_refuses_what_is_not_whole(books: Database, statement: str) -> None:
    await _three_accounts(books)
    with pytest.raises(IntegrityError) as refused:
        async with books.transaction() as session:
            await session.execute(text(statement), {"id": new_id()})
    assert constraint(refused.value) == "ck_ledger_postings_balanced"
    assert (await check(books)).postings == 2


async def test_p_a2_nothing_is_added_to_a_posting_later(books: Database) -> None:
    await _three_accounts(books)
    statement = text("""
        INSERT INTO ledger_lines
        SELECT a.id, p.id, 'INR', 5 FROM ledger_accounts a, ledger_postings p
        WHERE a.kind = 'refunds' AND p.kind = 'sale'
    """)
    with pytest.raises(IntegrityError, match="not whole"):
        async with books.transaction() as session:
            await session.execute(statement)


async def test_p_a2_the_database_itself_overdraws_nobody(books: Database) -> None:
    mine = wallet()
    await write(books, moved(PostingKind.TOP_UP, "a", CLEARING, mine, 100))
    with pytest.raises(IntegrityError) as refused:
        async with books.transaction() as session:
            await session.execute(
                text("UPDATE ledger_balances SET amount = -1 WHERE account_id = :id"),
                {"id": mine.id},
            )
    assert constraint(refused.value) == "ck_ledger_balances_overdrawn"


@pytest.mark.parametrize("table", ["ledger_accounts", "ledger_postings", "ledger_lines"])
@pytest.mark.parametrize("verb", ["DELETE FROM {}", "UPDATE {} SET {} = {}", "TRUNCATE {}"])
async def test_p_a2_the_service_can_change_nothing_that_is_written(
    books: Database, table: str, verb: str
) -> None:
    column = "id" if table != "ledger_lines" else "amount"
    with pytest.raises(DBAPIError, match="permission denied"):
        async with books.transaction() as session:
            await session.execute(text(verb.format(table, column, column)))


async def test_p_a2_the_check_finds_a_balance_that_drifts(books: Database) -> None:
    mine = wallet()
    await write(books, moved(PostingKind.TOP_UP, "a", CLEARING, mine, 100))
    async with books.transaction() as session:
        await session.execute(
            text("UPDATE ledger_balances SET amount = 101 WHERE account_id = :id"), {"id": mine.id}
        )
    found = await check(books)
    assert not found.balanced
    [drift] = found.drifts
    assert (drift.account_id, drift.lines, drift.balance) == (mine.id, 100, 101)


async def _three_accounts(books: Database) -> None:
    refunds = Account(AccountKind.REFUNDS, "INR")
    await write(books, moved(PostingKind.SALE, "1", CLEARING, REVENUE, 10))
    await write(books, moved(PostingKind.REFUND_OWED, "1", REVENUE, refunds, 10))


async def test_p_a2_the_check_sees_one_moment(
    books: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is posted while it reads is whole, or not there, for all that it compares."""
    mine, list_drifts = wallet(), repository.list_drifts

    async def post_first(session: AsyncSession) -> Sequence[Drift]:
        await write(books, moved(PostingKind.TOP_UP, "a", CLEARING, mine, 100))
        assert await repository.count(session) == (0, 0)
        return await list_drifts(session)

    monkeypatch.setattr(repository, "list_drifts", post_first)
    before = await check(books)
    monkeypatch.undo()
    assert (before.balanced, before.postings) == (True, 0)
    level = text("SHOW transaction_isolation")
    async with books.transaction() as session:
        assert await session.scalar(level) == "read committed"  # the next one's is its own
    assert (await check(books)).postings == 1
