"""Money that comes is invoiced, money that has gone back is credited, once each (P14, P-A10)."""

from decimal import Decimal
from typing import Any

import pytest

from libs import personal_rows
from libs.ids import new_id
from payment_service.invoices import service
from payment_service.invoices.states import Credit
from payment_service.payments import service as payments
from payment_service.payments.states import Finding, Outcome, Verdict
from payment_service.privacy.data_map import STORES
from payment_service.refunds import service as refunds
from payment_service.refunds.states import RefundFound, RefundOrder, RefundState
from tests.payment_service.invoices.office import bills, get, invoices, news
from tests.payment_service.refunds.desk import paid_class, refund, reject, work
from tests.payment_service.shop import Shop
from tests.stack import User

# The SDK's httpx client still hands its form over as `data=`.
pytestmark = pytest.mark.filterwarnings("ignore:Use 'content=:DeprecationWarning")

DETAILS = {
    "name": "Asha Verma", "address": "2 Lake View\nPune", "country": "IN",
    "tax_id": "27BBBBB0000B1Z5",
}  # fmt: skip
TAXES = [
    {"name": "CGST", "percent": "9.0000", "amount": 3_806, "rounding": "0.0678"},
    {"name": "SGST", "percent": "9.0000", "amount": 3_806, "rounding": "0.0678"},
]


async def tell_details(shop: Shop, tutor: User, **changes: Any) -> None:
    answer = await shop.client.put(
        "/v1/billing-details", json=DETAILS | changes, headers=tutor.headers
    )
    assert answer.status_code == 200, answer.text


async def test_p14_a_payment_that_becomes_paid_is_invoiced_in_full(office: Shop) -> None:
    tutor, study_session_id, opened = await office.opened()
    await tell_details(office, tutor)
    assert await get(office, tutor, "/v1/invoices") == {"items": [], "next_cursor": None}
    await office.press(opened["checkout_url"], "pay")
    payment = await office.status_becomes(study_session_id, "paid")
    [listed] = (await get(office, tutor, "/v1/invoices"))["items"]
    year = payment.paid_at.year if payment.paid_at else 0
    at = str(payment.paid_at.isoformat()).replace("+00:00", "Z") if payment.paid_at else ""
    assert listed == {
        "id": listed["id"], "number": f"SZ-{year}-000001", "kind": "invoice", "corrects_id": None,
        "payment_id": str(payment.id), "refund_id": None,
        "study_session_id": str(study_session_id), "currency": "INR",
        "net": 42_288, "tax": 7_612, "total": 49_900,
        "issued_on": listed["issued_on"], "issued_at": at,
    }  # fmt: skip
    whole = await get(office, tutor, f"/v1/invoices/{listed['id']}")
    assert whole == listed | {
        "corrects_number": None,
        "issuer": {
            "name": "StudyZed Test", "address": "1 College Road\nKolkata",
            "tax_id": "19AAAAA0000A1Z5",
        },
        "customer": {"account_id": str(tutor.id), **DETAILS},
        "lines": [
            {"description": "StudyZed class, 1 month", "net": 42_288, "amount": 49_900,
             "taxes": TAXES},
        ],
    }  # fmt: skip
    assert await news(office) == [
        {
            "invoice_id": listed["id"], "number": listed["number"], "kind": "invoice",
            "study_session_id": str(study_session_id), "tutor_id": str(tutor.id),
            "payment_id": str(payment.id), "refund_id": None, "total": 49_900, "tax": 7_612,
            "currency": "INR", "revision": 1,
        }
    ]  # fmt: skip


async def test_p_a10_a_finding_that_comes_again_makes_no_second_invoice(office: Shop) -> None:
    _, study_session_id = await paid_class(office)
    payment = await office.payment(study_session_id)
    paid = Finding(Verdict.PAID, amount=payment.amount, currency=payment.currency)
    async with office.parts.database.transaction() as session:
        outcome = await payments.settle(session, payment.id, paid, office.parts.clock.now())
    assert outcome is Outcome.UNCHANGED
    assert len(await invoices(office, study_session_id)) == 1


async def test_p14_p_a10_what_has_gone_back_is_credited_once(office: Shop) -> None:
    """Also when the bank sends it back, and an operator's new try ends well."""
    tutor, study_session_id = await paid_class(office)
    await reject(office, tutor, study_session_id)
    assert [one.kind for one in await invoices(office, study_session_id)] == ["invoice"]
    assert await work(office) == ["payment.refunds.settle"]
    invoice, note = await invoices(office, study_session_id)
    done = await refund(office, study_session_id)
    assert (note.number, note.kind) == (f"SZ-CN-{note.year}-000001", "credit_note")
    assert (note.net, note.tax, note.total) == (invoice.net, invoice.tax, invoice.total)
    assert (note.corrects_id, note.payment_id, note.refund_id) == (
        invoice.id, done.payment_id, done.id,
    )  # fmt: skip
    whole = await get(office, tutor, f"/v1/invoices/{note.id}")
    assert whole["corrects_number"] == invoice.number
    assert whole["lines"][0]["description"] == "Credit for: StudyZed class, 1 month"
    assert whole["lines"][0]["taxes"] == TAXES
    assert [one["kind"] for one in await news(office)] == ["invoice", "credit_note"]

    order = RefundOrder(
        done.id, done.payment_id, str(done.payment_intent), done.amount, done.currency, done.key,
        done.stripe_refund_id, repeated=True,
    )  # fmt: skip
    for state in (RefundState.FAILED, RefundState.SUCCEEDED):
        await refunds._learn(office.parts.database, order, RefundFound(order.refund_id.hex, state))
        assert (await refund(office, study_session_id)).state == state
    assert len(await invoices(office, study_session_id)) == 2


async def test_p14_a_surplus_is_invoiced_and_credited(office: Shop) -> None:
    tutor, study_session_id, opened = await office.opened()
    await reject(office, tutor, study_session_id)
    await office.press(opened["checkout_url"], "pay")
    await office.status_becomes(study_session_id, "paid")
    await work(office)
    kinds = [one.kind for one in await invoices(office, study_session_id)]
    assert kinds == ["invoice", "credit_note"]


async def test_p14_an_issued_invoice_keeps_what_it_said(office: Shop) -> None:
    """New details, and new taxes, are for what is issued later; a credit follows its invoice."""
    tutor, study_session_id, opened = await office.opened()
    await tell_details(office, tutor)
    await office.press(opened["checkout_url"], "pay")
    await office.status_becomes(study_session_id, "paid")
    await tell_details(office, tutor, name="Asha Rao", country=None)
    issuer = office.parts.database.sessions.kw["info"]["issuer"]
    try:
        changed = type(issuer)(issuer.code, "New Name", "", None, issuer.zone, ())
        office.parts.database.sessions.kw["info"]["issuer"] = changed
        await reject(office, tutor, study_session_id)
        await work(office)
    finally:
        office.parts.database.sessions.kw["info"]["issuer"] = issuer
    invoice, note = await invoices(office, study_session_id)
    assert (invoice.customer_name, note.customer_name) == ("Asha Verma", "Asha Verma")
    assert (invoice.issuer_name, note.issuer_name) == ("StudyZed Test", "New Name")
    assert (note.net, note.tax, note.total) == (42_288, 7_612, 49_900)


async def test_p14_a_refund_of_a_payment_older_than_invoices_goes_on(office: Shop) -> None:
    credit = Credit(new_id(), new_id(), 100)
    async with office.parts.database.transaction() as session:
        assert await service.credit(session, credit, office.parts.clock.now()) is None
    assert await office.count("invoice_counters") == 0


async def test_p14_x18_erasure_takes_the_details_and_leaves_the_books(office: Shop) -> None:
    tutor, other = office.stack.as_user("tutor"), office.stack.as_user("tutor")
    await tell_details(office, tutor)
    await tell_details(office, other, name="Somebody Else")
    [bill] = await bills(office, tutor, 1)
    async with office.parts.database.transaction() as session:
        await service.issue(session, bill, office.parts.clock.now())
    lists = await export(office, tutor)
    assert [row["name"] for row in lists["billing_details"]] == ["Asha Verma"]
    assert [row["customer_name"] for row in lists["invoices"]] == ["Asha Verma"]
    assert [row["amount"] for row in lists["invoice_lines"]] == [49_900]
    assert [row["percent"] for row in lists["invoice_taxes"]] == [Decimal("9.0000")] * 2
    async with office.parts.database.transaction() as session:
        await personal_rows.erase(session, STORES, tutor.id)
    code = await get(office, tutor, "/v1/billing-details", 404)
    assert code == "billing_details_not_found"
    assert (await get(office, other, "/v1/billing-details"))["name"] == "Somebody Else"
    [kept] = await invoices(office, bill.study_session_id)
    assert kept.customer_name == "Asha Verma"


async def export(shop: Shop, person: User) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {}
    async with shop.parts.database.transaction() as session:
        async for section in personal_rows.sections(session, STORES, person.id):
            found[section.name] = [row async for row in section.rows]
    return found
