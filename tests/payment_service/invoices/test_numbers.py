"""Numbers without gaps, and documents that nobody changes (P-A10)."""

import asyncio
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from payment_service.invoices import service
from payment_service.invoices.states import KEY, Bill, InvoiceKind, info
from tests.payment_service.invoices.office import bills, invoices
from tests.payment_service.shop import Shop

NEW_YEAR = datetime(2026, 12, 31, 18, 30, tzinfo=UTC)
"""Midnight in Kolkata."""


class _Dropped(Exception):
    """The transaction is rolled back after all."""


async def issue(shop: Shop, bill: Bill, at: datetime, *, dropped: bool = False) -> None:
    with suppress(_Dropped):
        async with shop.parts.database.transaction() as session:
            await service.issue(session, bill, at)
            if dropped:
                raise _Dropped


async def test_p_a10_a_hundred_at_once_and_ten_rolled_back_leave_no_gap(office: Shop) -> None:
    made = await bills(office, office.stack.as_user("tutor"), 110)
    at = NEW_YEAR - timedelta(days=9)
    await asyncio.gather(
        *(issue(office, bill, at, dropped=i % 11 == 5) for i, bill in enumerate(made))
    )
    found = await invoices(office, made[0].study_session_id)
    assert len(found) == 100
    assert sorted(one.serial for one in found) == list(range(1, 101))
    assert {one.number for one in found} == {f"SZ-2026-{i:06d}" for i in range(1, 101)}
    assert len({one.payment_id for one in found}) == 100
    assert {(one.net, one.tax, one.total) for one in found} == {(42_288, 7_612, 49_900)}


async def test_p_a10_each_year_of_the_issuer_and_each_issuer_counts_anew(office: Shop) -> None:
    made = await bills(office, office.stack.as_user("tutor"), 4)
    moment = timedelta(microseconds=1)
    for bill, at in zip(made, (NEW_YEAR - moment, NEW_YEAR, NEW_YEAR + moment), strict=False):
        await issue(office, bill, at)
    other = office.settings.model_copy(update={"issuer_code": "ZZ"})
    async with office.parts.database.transaction() as session:
        session.info.update(info(other))
        await service.issue(session, made[3], NEW_YEAR)
    found = await invoices(office, made[0].study_session_id)
    assert [one.number for one in found] == [
        "SZ-2026-000001", "SZ-2027-000001", "SZ-2027-000002", "ZZ-2027-000001",
    ]  # fmt: skip
    assert [f"{one.issued_on}" for one in found] == [
        "2026-12-31", "2027-01-01", "2027-01-01", "2027-01-01",
    ]  # fmt: skip


async def test_p_a10_a_payment_has_one_invoice(office: Shop) -> None:
    [bill] = await bills(office, office.stack.as_user("tutor"), 1)
    await issue(office, bill, NEW_YEAR)
    with pytest.raises(DBAPIError, match="uq_invoices_payment_id"):
        await issue(office, bill, NEW_YEAR)
    [second] = await bills(office, office.stack.as_user("tutor"), 1)
    await issue(office, second, NEW_YEAR)
    [found] = await invoices(office, second.study_session_id)
    assert found.number == "SZ-2027-000002"


@pytest.mark.parametrize("table", ["invoices", "invoice_lines", "invoice_taxes"])
async def test_p_a10_the_services_role_can_change_nothing_that_was_issued(
    office: Shop, table: str
) -> None:
    [bill] = await bills(office, office.stack.as_user("tutor"), 1)
    await issue(office, bill, NEW_YEAR)
    before = await office.count(table)
    assert before == (2 if table == "invoice_taxes" else 1)
    column = "total" if table == "invoices" else "amount"
    for statement in (f"UPDATE {table} SET {column} = 1", f"DELETE FROM {table}"):  # noqa: S608
        with pytest.raises(DBAPIError, match="permission denied"):
            async with office.parts.database.transaction() as session:
                await session.execute(text(statement))
    assert await office.count(table) == before


async def test_p_a10_a_free_month_has_its_invoice_too(office: Shop) -> None:
    [bill] = await bills(office, office.stack.as_user("tutor"), 1)
    free = Bill(bill.payment_id, bill.study_session_id, bill.tutor_id, "Free", 0, "INR")
    await issue(office, free, NEW_YEAR)
    [found] = await invoices(office, bill.study_session_id)
    assert (found.kind, found.net, found.tax, found.total) == ("invoice", 0, 0, 0)


async def test_the_issuer_names_documents_by_kind(office: Shop) -> None:
    async with office.parts.database.transaction() as session:
        issuer = session.info[KEY]
    assert issuer.number(InvoiceKind.INVOICE, 2026, 1) == "SZ-2026-000001"
    assert issuer.number(InvoiceKind.CREDIT_NOTE, 2026, 1_000_001) == "SZ-CN-2026-1000001"
