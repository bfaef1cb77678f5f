"""Queries for the ledger."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from payment_service.ledger.models import LedgerAccount, LedgerBalance, LedgerPosting
from payment_service.ledger.postings import Account
from payment_service.ledger.schemas import Drift

SHOWN = 100
"""So many faults are listed at most; one is enough to stop and look."""
_DRIFTS = text("""
    SELECT a.id AS account_id, a.kind, a.currency,
      COALESCE(l.total, 0) AS lines, COALESCE(b.total, 0) AS balance
    FROM ledger_accounts a
    LEFT JOIN (SELECT account_id, sum(amount) AS total FROM ledger_lines GROUP BY 1) l
      ON l.account_id = a.id
    LEFT JOIN (SELECT account_id, sum(amount) AS total FROM ledger_balances GROUP BY 1) b
      ON b.account_id = a.id
    WHERE COALESCE(l.total, 0) <> COALESCE(b.total, 0) ORDER BY a.id LIMIT :shown
""")
_BROKEN = text("""
    SELECT p.id FROM ledger_postings p
    LEFT JOIN (SELECT posting_id, currency, count(*) AS found, sum(amount) AS total
               FROM ledger_lines GROUP BY 1, 2) l ON l.posting_id = p.id
    GROUP BY p.id HAVING COALESCE(sum(l.found), 0) <> p.line_count OR bool_or(l.total <> 0)
    ORDER BY p.id LIMIT :shown
""")


async def get_balance(session: AsyncSession, account: Account) -> int:
    """What an account holds, in minor units; 0 for one that was never opened."""
    total = select(func.sum(LedgerBalance.amount))
    found = await session.scalar(total.where(LedgerBalance.account_id == account.id))
    return int(found or 0)


async def list_drifts(session: AsyncSession) -> Sequence[Drift]:
    """Accounts whose balance is not the sum of their lines: none, as long as all is well."""
    rows = (await session.execute(_DRIFTS, {"shown": SHOWN})).mappings()
    return [Drift.model_validate(dict(row)) for row in rows]


async def list_broken(session: AsyncSession) -> Sequence[UUID]:
    """Postings that do not sum to zero or lack a line: none, as the triggers let none be."""
    return (await session.scalars(_BROKEN, {"shown": SHOWN})).all()


async def count(session: AsyncSession) -> tuple[int, int]:
    """How many accounts and postings there are."""
    accounts = select(func.count()).select_from(LedgerAccount).scalar_subquery()
    postings = select(func.count()).select_from(LedgerPosting).scalar_subquery()
    row = (await session.execute(select(accounts, postings))).one()
    return row[0], row[1]
