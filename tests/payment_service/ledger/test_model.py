"""Any postings in any order, by hypothesis, against sums in a dictionary (P-A2)."""

from collections import Counter

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from libs.ids import new_id
from libs.postgres import Database
from payment_service.ledger import repository
from payment_service.ledger.checks import check
from payment_service.ledger.errors import InsufficientFunds
from payment_service.ledger.postings import Account, AccountKind, Posting, PostingKind
from payment_service.ledger.service import post

PLATFORM = [
    Account(kind, currency)
    for kind in (AccountKind.PROVIDER_CLEARING, AccountKind.REVENUE, AccountKind.REFUNDS)
    for currency in ("INR", "JPY")
]
AMOUNTS = st.integers(-500, 500).filter(bool)
CASES = st.lists(
    st.tuples(
        st.integers(0, 6),
        st.lists(st.tuples(st.integers(0, 8), AMOUNTS), min_size=1, max_size=5),
    ),
    max_size=12,
)
"""References, of which some come again, and by account what moves; the rest goes to clearing."""


def whole(accounts: list[Account], reference: str, moves: list[tuple[int, int]]) -> Posting | None:
    """A posting of these moves; what is missing to zero comes from the provider."""
    lines: Counter[Account] = Counter()
    for number, amount in moves:
        account = accounts[number]
        lines[account] += amount
        lines[Account(AccountKind.PROVIDER_CLEARING, account.currency)] -= amount
    kept = {account: amount for account, amount in lines.items() if amount}
    return Posting(PostingKind.SALE, reference, kept) if kept else None


@settings(
    deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(cases=CASES)
async def test_p_a2_balances_are_the_sums_of_what_was_written(
    books: Database, cases: list[tuple[int, list[tuple[int, int]]]]
) -> None:
    owner, run = new_id(), new_id()
    accounts = [
        *PLATFORM,
        Account(AccountKind.WALLET, "INR", owner),
        Account(AccountKind.WALLET, "JPY", owner),
        Account(AccountKind.HOLD, "INR", owner),
    ]
    before = await _balances(books, accounts)
    expected, seen = dict(before), set[str]()
    for number, moves in cases:
        posting = whole(accounts, f"{run}:{number}", moves)
        if posting is None:
            continue
        after = {account: expected[account] + amount for account, amount in posting.lines.items()}
        covered = all(total >= 0 for account, total in after.items() if account.bounded)
        written = await _try(books, posting)
        assert written is (posting.reference not in seen and covered)
        if written:
            expected |= after
            seen.add(posting.reference)
    assert await _balances(books, accounts) == expected
    assert (await check(books)).balanced


async def _try(books: Database, posting: Posting) -> bool:
    try:
        async with books.transaction() as session:
            return await post(session, posting, books.clock.now())
    except InsufficientFunds:
        return False


async def _balances(books: Database, accounts: list[Account]) -> dict[Account, int]:
    async with books.transaction() as session:
        return {one: await repository.get_balance(session, one) for one in accounts}
