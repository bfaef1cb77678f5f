"""Writing into the ledger: the only place that does.

One statement locks the balances in the order of their ids, one more writes posting, lines and
balances; the database's triggers speak within it.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import text

from libs.compiled import Statement
from libs.hot_writes import Transaction
from libs.ids import new_id
from payment_service.ledger.errors import InsufficientFunds
from payment_service.ledger.postings import SLOTS, Account, Posting

NUMBER = "ledger_number"

_LOCK = Statement(
    text("""
    WITH wanted AS (
      SELECT * FROM unnest(CAST(:ids AS uuid[]), CAST(:slots AS smallint[])) AS w(account_id, slot)
    )
    SELECT b.account_id, b.amount FROM ledger_balances b JOIN wanted USING (account_id, slot)
    WHERE (SELECT count(*) FROM ledger_balances JOIN wanted USING (account_id, slot))
      = cardinality(CAST(:ids AS uuid[]))
    ORDER BY b.account_id, b.slot FOR UPDATE OF b
    """)
)
_OPEN_ACCOUNTS = Statement(
    text("""
    INSERT INTO ledger_accounts (id, kind, currency, owner_id, opened_at)
    SELECT a.*, CAST(:now AS timestamptz) FROM unnest(
      CAST(:ids AS uuid[]), CAST(:kinds AS text[]), CAST(:currencies AS text[]),
      CAST(:owners AS uuid[])
    ) AS a(id) WHERE NOT EXISTS (SELECT FROM ledger_accounts WHERE id = a.id)
    ON CONFLICT DO NOTHING
    """)
)
_OPEN_BALANCES = Statement(
    text("""
    INSERT INTO ledger_balances (account_id, slot, bounded)
    SELECT a.id, s.slot, a.bounded
    FROM unnest(CAST(:ids AS uuid[]), CAST(:bounded AS boolean[])) AS a(id, bounded),
      generate_series(0, CASE WHEN a.bounded THEN 0 ELSE CAST(:last_slot AS int) END) AS s(slot)
    WHERE NOT EXISTS (SELECT FROM ledger_balances WHERE account_id = a.id AND slot = s.slot)
    ON CONFLICT DO NOTHING
    """)
)
_POST = Statement(
    text("""
    WITH posted AS (
      INSERT INTO ledger_postings (id, kind, reference, line_count, posted_at)
      VALUES (CAST(:id AS uuid), :kind, :reference, cardinality(CAST(:ids AS uuid[])),
        CAST(:now AS timestamptz))
      ON CONFLICT (kind, reference) DO NOTHING RETURNING id
    ), moves AS (
      SELECT m.*, posted.id AS posting_id FROM posted, unnest(
        CAST(:ids AS uuid[]), CAST(:slots AS smallint[]), CAST(:currencies AS text[]),
        CAST(:amounts AS bigint[])
      ) AS m(account_id, slot, currency, amount)
    ), lines AS (
      INSERT INTO ledger_lines (account_id, posting_id, currency, amount)
      SELECT account_id, posting_id, currency, amount FROM moves
    ), balances AS (
      UPDATE ledger_balances b SET amount = b.amount + m.amount FROM moves m
      WHERE b.account_id = m.account_id AND b.slot = m.slot
    )
    SELECT id FROM posted
    """)
)
_FIND = Statement(
    text("SELECT id FROM ledger_postings WHERE kind = :kind AND reference = :reference")
)


async def post(session: Transaction, posting: Posting, now: datetime) -> bool:
    """Writes a posting; false if its kind and reference were written before, which then stand.

    Raises `InsufficientFunds` when it would take a bounded account below zero; then nothing is
    written.
    """
    posting_id = new_id()
    accounts = sorted(posting.lines, key=lambda account: account.id)
    ids = [account.id for account in accounts]
    slots = [account.slot(_number(session, posting_id)) for account in accounts]
    balances = await _lock(session, accounts, slots, now)
    if any(balances[one.id] + posting.lines[one] < 0 for one in accounts if one.bounded):
        if await _FIND.run(session, kind=posting.kind.value, reference=posting.reference):
            return False
        raise InsufficientFunds
    written = await _POST.run(
        session,
        id=posting_id,
        kind=posting.kind.value,
        reference=posting.reference,
        ids=ids,
        slots=slots,
        currencies=[account.currency for account in accounts],
        amounts=[posting.lines[account] for account in accounts],
        now=now,
    )
    return bool(written)


def _number(session: Transaction, posting_id: UUID) -> int:
    """Says which rows of balances all postings of a transaction move: a second posting finds those
    of the first one locked already, by itself. With others, two transactions of two postings each
    could wait for each other for ever.
    """
    number: int = session.info.setdefault(NUMBER, posting_id.int)
    return number


async def _lock(
    session: Transaction, accounts: list[Account], slots: list[int], now: datetime
) -> dict[UUID, int]:
    """Balances by account, locked; accounts that are new are opened before. Nothing is locked as
    long as one is missing: two that open for each other would wait for ever. Nor is anything opened
    that is there: `ON CONFLICT` waits for whoever is changing such a row.
    """
    ids = [account.id for account in accounts]
    found = await _LOCK.run(session, ids=ids, slots=slots)
    if not found:
        await _OPEN_ACCOUNTS.run(
            session,
            ids=ids,
            kinds=[account.kind.value for account in accounts],
            currencies=[account.currency for account in accounts],
            owners=[account.owner_id for account in accounts],
            now=now,
        )
        bounded = [account.bounded for account in accounts]
        await _OPEN_BALANCES.run(session, ids=ids, bounded=bounded, last_slot=SLOTS - 1)
        found = await _LOCK.run(session, ids=ids, slots=slots)
    return {row["account_id"]: row["amount"] for row in found}
