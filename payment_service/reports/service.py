"""Revenue, told by the ledger alone (P20, P-A11)."""

import csv
import io
import itertools
from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date

from libs.postgres import Reads
from payment_service.ledger.postings import PostingKind
from payment_service.reports import periods, repository
from payment_service.reports.periods import Step
from payment_service.reports.repository import Moved
from payment_service.reports.schemas import RevenueOut, RevenueReport


async def report_revenue(
    reads: Reads, first: date, until: date, step: Step, zone: str
) -> RevenueReport:
    """Revenue of the days from `first` on and before `until`. Raises `PeriodRefused`."""
    days = periods.starts(first, until, step)
    *starts, end = periods.instants(days, zone)
    moved = await repository.list_moved(reads, starts, end)
    return RevenueReport(zone=zone, periods=summed(days, moved))


def summed(days: Sequence[date], moved: Sequence[Moved]) -> list[RevenueOut]:
    """A row for each period and currency, oldest first; each opens where the one before closed.
    `days` are the first days of the periods, and the day after the last one.
    """
    sums: dict[tuple[str, int], dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for one in moved:
        sums[one.currency, one.period][one.kind] += one.amount
    opening = {one.currency: 0 for one in moved}
    for currency in opening:
        opening[currency] = sum(sums[currency, 0].values())
    found = []
    for number, (since, until) in enumerate(itertools.pairwise(days), start=1):
        for currency in sorted(opening):
            row = _row(since, until, currency, opening[currency], sums[currency, number])
            opening[currency] = row.closing
            found.append(row)
    return found


def _row(
    since: date, until: date, currency: str, opening: int, kinds: dict[str, int]
) -> RevenueOut:
    net, sales = sum(kinds.values()), kinds[PostingKind.SALE]
    refunds = -kinds[PostingKind.REFUND_OWED] - kinds[PostingKind.REFUND_CANCELED]
    return RevenueOut(
        since=since, until=until, currency=currency, opening=opening, sales=sales,
        refunds=refunds, other=net - sales + refunds, net=net, closing=opening + net,
    )  # fmt: skip


def written(report: RevenueReport) -> str:
    """The report as CSV (RFC 4180): its columns are the fields, amounts stay in minor units."""
    file = io.StringIO(newline="")
    writer = csv.DictWriter(file, list(RevenueOut.model_fields))
    writer.writeheader()
    writer.writerows(_rows(report))
    return file.getvalue()


def _rows(report: RevenueReport) -> Iterator[dict[str, object]]:
    for row in report.periods:
        yield row.model_dump(mode="json")
