"""A wallet's statement: opening balance, lines, closing balance; as pages and as one file."""

import csv
import io
from datetime import UTC
from uuid import UUID

from libs.hot_reads import Row
from libs.pagination import PageRequest, encode
from libs.postgres import Reads
from payment_service.wallets import repository
from payment_service.wallets.errors import StatementTooLong
from payment_service.wallets.periods import Period
from payment_service.wallets.schemas import StatementOut

MAX_LINES = 10_000
COLUMNS = ("at", "kind", "reference", "amount", "balance")


async def read(
    reads: Reads, owner_id: UUID, currency: str, period: Period, page: PageRequest
) -> StatementOut:
    """One page of a statement, by one statement of SQL."""
    rows = await repository.read_lines(reads, owner_id, currency, period, page)
    lines = [row for row in rows if row["id"] is not None]
    shown = lines[: page.limit]
    return StatementOut.model_validate(
        {
            "account_number": rows[0]["account_number"],
            "currency": currency,
            "first_day": period.first_day,
            "last_day": period.last_day,
            "opening": rows[0]["opening"],
            "closing": rows[0]["closing"],
            "items": [_line(row) for row in shown],
            "next_cursor": encode(shown[-1]["id"]) if len(lines) > page.limit else None,
        }
    )


async def write(reads: Reads, owner_id: UUID, currency: str, period: Period) -> str:
    """All of a statement as CSV (RFC 4180): a line for the opening balance, one for each posting,
    one for the closing balance; amounts in minor units. Raises `StatementTooLong`.
    """
    found = await read(reads, owner_id, currency, period, PageRequest(None, MAX_LINES))
    if found.next_cursor is not None:
        raise StatementTooLong
    file = io.StringIO(newline="")
    writer = csv.writer(file)
    writer.writerow([*COLUMNS, "currency"])
    writer.writerow([period.since.isoformat(), "opening", "", "", found.opening, currency])
    for line in found.items:
        values = [line.at.astimezone(UTC).isoformat(), line.kind, line.reference]
        writer.writerow([*values, line.amount, line.balance, currency])
    writer.writerow([period.until.isoformat(), "closing", "", "", found.closing, currency])
    return file.getvalue()


def _line(row: Row) -> Row:
    return {name: row[name] for name in ("id", *COLUMNS)}
