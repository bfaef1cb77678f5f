"""Revenue by period and currency, equal to the ledger (P20, P-A11)."""

import csv
import io
import itertools
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.ids import new_id
from libs.postgres import Database
from payment_service.ledger import entries, repository
from payment_service.ledger.postings import Account, AccountKind
from payment_service.ledger.service import post
from payment_service.reports import periods
from payment_service.reports.errors import PeriodRefused
from payment_service.reports.periods import Step
from payment_service.reports.repository import Moved
from payment_service.reports.service import report_revenue, summed
from tests.payment_service.refunds.desk import paid_class, reject
from tests.payment_service.shop import Shop

# The SDK's httpx client still hands its form over as `data=`.
pytestmark = pytest.mark.filterwarnings("ignore:Use 'content=:DeprecationWarning")
DAYS = st.dates(date(2026, 1, 1), date(2026, 12, 31))


@pytest.mark.parametrize(
    ("step", "first", "expected"),
    [
        (Step.DAY, "2026-02-27", ["2026-02-27", "2026-02-28", "2026-03-01", "2026-03-02"]),
        (Step.WEEK, "2026-02-19", ["2026-02-19", "2026-02-23", "2026-03-02"]),
        (Step.MONTH, "2025-12-31", ["2025-12-31", "2026-01-01", "2026-02-01", "2026-03-01",
                                    "2026-03-02"]),
        (Step.TOTAL, "2025-12-31", ["2025-12-31", "2026-03-02"]),
    ],
)  # fmt: skip
def test_p20_periods_follow_the_calendar(step: Step, first: str, expected: list[str]) -> None:
    found = periods.starts(date.fromisoformat(first), date(2026, 3, 2), step)
    assert [day.isoformat() for day in found] == expected


@given(first=DAYS, days=st.integers(1, 380), step=st.sampled_from(Step))
def test_p20_periods_leave_no_day_out(first: date, days: int, step: Step) -> None:
    until = first + timedelta(days=days)
    found = periods.starts(first, until, step)
    assert (found[0], found[-1]) == (first, until)
    assert found == sorted(set(found))


@pytest.mark.parametrize(("days", "step"), [(0, Step.TOTAL), (-1, Step.DAY), (401, Step.DAY)])
def test_p20_a_period_without_days_or_with_too_many_is_refused(days: int, step: Step) -> None:
    first = date(2026, 1, 1)
    with pytest.raises(PeriodRefused) as refused:
        periods.starts(first, first + timedelta(days=days), step)
    assert refused.value.code == "period_refused"


def test_p20_a_year_of_days_is_not_too_long() -> None:
    first = date(2026, 1, 1)
    assert len(periods.starts(first, first + timedelta(days=400), Step.DAY)) == 401


KINDS = ("sale", "refund_owed", "something_else")
MOVES = st.lists(
    st.builds(
        Moved, st.sampled_from(("INR", "USD")), st.sampled_from(KINDS), st.integers(0, 4),
        st.integers(-(10**12), 10**12),
    )
)  # fmt: skip


@given(moved=MOVES)
def test_p_a11_opening_and_movements_are_closing(moved: list[Moved]) -> None:
    days = [date(2026, month, 1) for month in range(1, 6)]
    found = summed(days, moved)
    for currency in {one.currency for one in moved}:
        rows = [row for row in found if row.currency == currency]
        amounts = [one for one in moved if one.currency == currency]
        assert [row.since for row in rows] == days[:-1]
        assert rows[0].opening == sum(one.amount for one in amounts if one.period == 0)
        assert rows[-1].closing == sum(one.amount for one in amounts)
        for row, later in itertools.pairwise(rows):
            assert later.opening == row.closing
        for row in rows:
            assert row.sales - row.refunds + row.other == row.net
            assert row.opening + row.net == row.closing


async def test_p_a11_a_refund_counts_when_it_was_decided(books: Database) -> None:
    """18:29 and 18:31 UTC lie around midnight in Kolkata."""
    sale, later = new_id(), new_id()
    happened = [
        (entries.sale(sale, 500_00, "INR"), datetime(2026, 10, 31, 18, 29, tzinfo=UTC)),
        (entries.sale(later, 300_00, "INR"), datetime(2026, 10, 31, 18, 31, tzinfo=UTC)),
        (entries.refund_owed(new_id(), 500_00, "INR"), datetime(2026, 11, 30, 18, tzinfo=UTC)),
        (entries.sale(new_id(), 7, "JPY"), datetime(2026, 11, 5, tzinfo=UTC)),
        (entries.refund_paid("1", 500_00, "INR"), datetime(2026, 11, 30, 18, tzinfo=UTC)),
        (entries.sale(new_id(), 1, "INR"), datetime(2026, 11, 30, 18, 30, tzinfo=UTC)),
    ]
    async with books.transaction() as session:
        for posting, at in happened:
            await post(session, posting, at)
    report = await report_revenue(
        books.reads, date(2026, 10, 1), date(2026, 12, 1), Step.MONTH, "Asia/Kolkata"
    )
    found = [
        (row.since.month, row.currency, row.opening, row.sales, row.refunds, row.other, row.net,
         row.closing)
        for row in report.periods
    ]  # fmt: skip
    assert found == [
        (10, "INR", 0, 500_00, 0, 0, 500_00, 500_00),
        (10, "JPY", 0, 0, 0, 0, 0, 0),
        (11, "INR", 500_00, 300_00, 500_00, 0, -200_00, 300_00),
        (11, "JPY", 0, 7, 0, 0, 7, 7),
    ]
    async with books.transaction() as session:
        balance = await repository.get_balance(session, Account(AccountKind.REVENUE, "INR"))
    assert balance == 300_00 + 1  # and the one after the last day


async def test_p20_an_admin_sees_revenue_net_of_refunds(shop: Shop) -> None:
    await paid_class(shop)
    await reject(shop, *await paid_class(shop))
    today = shop.parts.clock.now().date()
    query = {"since": today.isoformat(), "until": (today + timedelta(days=1)).isoformat()}
    admin = shop.stack.as_user("admin")

    async def get(path: str, **more: str) -> Any:
        return await shop.client.get(path, params=query | more, headers=admin.headers)

    answer = await get("/v1/admin/revenue", by="total")
    row = query | {
        "currency": "INR", "opening": 0, "sales": 99_800, "refunds": 49_900, "other": 0,
        "net": 49_900, "closing": 49_900,
    }  # fmt: skip
    assert answer.json() == {"zone": "UTC", "periods": [row]}
    file = await get("/v1/admin/revenue.csv", by="day")
    assert file.headers["content-type"] == "text/csv; charset=utf-8"
    [written] = csv.DictReader(io.StringIO(file.text))
    assert written == {name: str(value) for name, value in row.items()}
    refused = await get("/v1/admin/revenue", zone="Asia/Atlantis")
    assert (refused.status_code, refused.json()["fields"][0]["code"]) == (422, "unknown_zone")
    none = await get("/v1/admin/revenue", until=today.isoformat())
    assert (none.status_code, none.json()["code"]) == (422, "period_refused")
