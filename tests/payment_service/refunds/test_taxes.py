"""Taxes in the books: payable with a sale, and not any more with what goes back (P8, P-A10)."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given as all_of
from hypothesis import settings
from hypothesis import strategies as st

from libs.postgres import Database
from payment_service.ledger import repository
from payment_service.ledger.postings import Account, AccountKind
from tests.payment_service.invoices.office import GST, invoices
from tests.payment_service.refunds.desk import (
    give_back,
    given,
    order,
    paid_class,
    refunds,
    reject,
    work,
)
from tests.payment_service.shop import Shop, open_shop
from tests.payment_service.wallets.bank import fill
from tests.payment_service.wallets.test_payments import pay
from tests.stack import Stack

# The SDK's httpx client still hands its form over as `data=`.
pytestmark = pytest.mark.filterwarnings("ignore:Use 'content=:DeprecationWarning")

PRICE, TAX = 49_900, 2 * 3_806  # 49,900 * 9 / 118 = 3,805.93 for each of two taxes


@pytest.fixture
async def taxed(stack: Stack, tmp_path: Path) -> AsyncIterator[Shop]:
    """A shop in a country with taxes."""
    async with open_shop(stack, tmp_path, tax_parts=GST) as running:
        yield running


async def earned(database: Database) -> tuple[int, int]:
    """Revenue and tax payable, by the ledger."""
    async with database.transaction() as session:
        revenue, tax = [
            await repository.get_balance(session, Account(kind, "INR"))
            for kind in (AccountKind.REVENUE, AccountKind.TAX_PAYABLE)
        ]
    return revenue, tax


async def test_p_a10_a_sale_is_revenue_without_its_taxes(taxed: Shop) -> None:
    tutor, study_session_id = await paid_class(taxed)
    [invoice] = await invoices(taxed, study_session_id)
    assert (invoice.net, invoice.tax) == (PRICE - TAX, TAX)
    assert await earned(taxed.parts.database) == (PRICE - TAX, TAX)
    await reject(taxed, tutor, study_session_id)
    assert await earned(taxed.parts.database) == (0, 0)


async def test_p_a10_a_payment_from_the_wallet_is_taxed_too(taxed: Shop) -> None:
    tutor = taxed.stack.as_user("tutor")
    await fill(taxed.parts.database, tutor.id, PRICE)
    study_session_id = await taxed.study_session(tutor)
    assert (await pay(taxed, tutor, study_session_id)).status_code == 201
    assert await earned(taxed.parts.database) == (PRICE - TAX, TAX)


async def test_p_a6_parts_take_back_the_tax_as_their_credit_notes_say(taxed: Shop) -> None:
    _, study_session_id = await paid_class(taxed)
    payment = await taxed.payment(study_session_id)
    for amount in (1, 6, 10_000, None):
        await given(taxed, payment.id, amount=amount, destination="wallet")
    found = await refunds(taxed, study_session_id)
    _, *notes = await invoices(taxed, study_session_id)
    # of 1 the taxes are 2 * 0.08, of 7 they are 2 * 0.53, of 10,007 they are 2 * 763.25
    assert [one.tax for one in found] == [0, 2, 2 * 762, TAX - 2 * 763]
    assert [one.tax for one in notes] == [one.tax for one in found]
    assert await earned(taxed.parts.database) == (0, 0)


@settings(max_examples=15)
@all_of(parts=st.lists(st.tuples(st.integers(1, 20_000), st.booleans()), min_size=1, max_size=6))
async def test_p_a6_whatever_the_parts_and_what_is_canceled_all_tax_goes_back(
    taxed: Shop, parts: list[tuple[int, bool]]
) -> None:
    """What was refused is canceled or put into the wallet; then the rest goes back."""
    before = await earned(taxed.parts.database)
    _, study_session_id = await paid_class(taxed)
    payment = await taxed.payment(study_session_id)
    client = taxed.stand.stripe()
    await client.v1.refunds.create_async(
        {"payment_intent": str(payment.payment_intent), "amount": PRICE - 1}
    )  # by hand, so that Stripe refuses all that is more than 1
    for amount, canceled in parts:
        answer = await give_back(taxed, payment.id, amount=amount)
        await work(taxed)
        if answer.status_code == 201 and amount > 1:
            states = {str(one.id): one.state for one in await refunds(taxed, study_session_id)}
            if states[answer.json()["id"]] == "failed":
                await order(taxed, answer.json()["id"], "cancel" if canceled else "to-wallet")
    await give_back(taxed, payment.id, destination="wallet")
    live = [one for one in await refunds(taxed, study_session_id) if one.state != "canceled"]
    assert (sum(one.amount for one in live), sum(one.tax for one in live)) == (PRICE, TAX)
    assert await earned(taxed.parts.database) == before


async def test_p_a11_the_report_is_revenue_without_taxes_as_in_the_ledger(taxed: Shop) -> None:
    _, study_session_id = await paid_class(taxed)
    payment = await taxed.payment(study_session_id)
    await given(taxed, payment.id, amount=10_000, destination="wallet")  # its tax: 2 * 762.71
    today = taxed.parts.clock.now().date()
    query = {"since": str(today), "until": str(today + timedelta(days=1)), "by": "total"}
    admin = taxed.stack.as_user("admin")
    answer = await taxed.client.get("/v1/admin/revenue", params=query, headers=admin.headers)
    [row] = answer.json()["periods"]
    assert (row["sales"], row["refunds"]) == (PRICE - TAX, 10_000 - 2 * 763)
    assert (row["closing"], TAX - 2 * 763) == await earned(taxed.parts.database)
