"""Queries for reports."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text

from libs.hot_reads import Query
from libs.postgres import Reads

_REVENUE = Query(
    text("""
    SELECT a.currency, p.kind,
      width_bucket(p.posted_at, CAST(:starts AS timestamptz[])) AS period, sum(l.amount) AS amount
    FROM ledger_accounts a
    JOIN ledger_lines l ON l.account_id = a.id
    JOIN ledger_postings p ON p.id = l.posting_id
    WHERE a.kind = 'revenue' AND p.posted_at < CAST(:until AS timestamptz)
    GROUP BY 1, 2, 3
    """)
)


@dataclass(frozen=True, slots=True)
class Moved:
    """By how much postings of one kind moved revenue, in minor units. Period 0 is all that was
    before the first one.
    """

    currency: str
    kind: str
    period: int
    amount: int


async def list_moved(reads: Reads, starts: Sequence[datetime], until: datetime) -> Sequence[Moved]:
    """All that moved revenue before `until`, by the periods that begin at `starts`."""
    rows = await _REVENUE.all(reads, starts=list(starts), until=until)
    return [Moved(**row | {"amount": int(row["amount"])}) for row in rows]
