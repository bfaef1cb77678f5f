"""The PDF says what the JSON says, and is fetched by a signed address (P14, P-A10)."""

import io
from datetime import timedelta
from typing import Any

import httpx
import pypdf
import pytest
from sqlalchemy import text

from libs import children
from libs.errors import Unavailable
from payment_service.invoices import jobs, service
from payment_service.invoices.errors import InvoiceNotFound
from payment_service.invoices.jobs import draw_invoice
from payment_service.invoices.money import shown
from payment_service.invoices.repository import save_details
from payment_service.invoices.schemas import BillingDetailsUpdate, DrawInvoice, InvoiceOut
from payment_service.invoices.states import Bill
from tests.payment_service.invoices.office import bills, get
from tests.payment_service.shop import Shop
from tests.stack import User


async def issued(shop: Shop, details: BillingDetailsUpdate | None = None) -> tuple[User, str, Bill]:
    """A tutor, the id of an invoice, and what is billed."""
    tutor, now = shop.stack.as_user("tutor"), shop.parts.clock.now()
    [bill] = await bills(shop, tutor, 1)
    async with shop.parts.database.transaction() as session:
        if details is not None:
            await save_details(session, tutor.id, details, now)
        invoice = await service.issue(session, bill, now)
    return tutor, str(invoice.id), bill


async def draw(shop: Shop, invoice_id: str) -> None:
    job = DrawInvoice.model_validate({"invoice_id": invoice_id})
    await draw_invoice(shop.parts.database, shop.parts.objects, job)


async def fetch(url: str) -> httpx.Response:
    async with httpx.AsyncClient(trust_env=False) as browser:
        return await browser.get(url)


def read(pdf: bytes) -> str:
    return "\n".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(pdf)).pages)


async def test_p14_p_a10_the_pdf_says_what_the_json_says(office: Shop) -> None:
    details = BillingDetailsUpdate(
        name="आशा वर्मा", address="Łódź Ж\nشكر", country="IN", tax_id="27BBBBB0000B1Z5"
    )
    tutor, invoice_id, _ = await issued(office, details)
    path = f"/v1/invoices/{invoice_id}"
    waits = await office.client.get(f"{path}/pdf", headers=tutor.headers)
    assert (waits.status_code, waits.headers["retry-after"], waits.content) == (202, "2", b"")
    await draw(office, invoice_id)
    whole: dict[str, Any] = await get(office, tutor, path)
    told = await get(office, tutor, f"{path}/pdf")
    answer = await fetch(told["url"])
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/pdf"
    assert f'filename="{whole["number"]}.pdf"' in answer.headers["content-disposition"]
    lines = read(answer.content).splitlines()
    assert lines[:11] == [
        f"Invoice {whole['number']}", f"Date: {whole['issued_on']}",
        f"Payment: {whole['payment_id']}", "From: StudyZed Test", "1 College Road", "Kolkata",
        "Tax number: 19AAAAA0000A1Z5", "To: आशा वर्मा", "Łódź Ж", "شكر", "IN",
    ]  # fmt: skip
    net, tax, total = (shown(whole[name], "INR") for name in ("net", "tax", "total"))
    assert (net, tax, total) == ("₹422.88", "₹76.12", "₹499.00")
    assert f"StudyZed class, 1 month {net} {tax} {total}" in lines
    assert f"Total {net} {tax} {total}" in lines
    assert "CGST 9 % ₹38.06 0.0678" in lines
    assert "SGST 9 % ₹38.06 0.0678" in lines


async def test_p14_a_job_that_comes_twice_makes_the_same_file_once(
    office: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    tutor, invoice_id, _ = await issued(office)
    whole = InvoiceOut.model_validate(await get(office, tutor, f"/v1/invoices/{invoice_id}"))
    one, two = [await children.run(jobs.CHILD, whole.model_dump_json().encode()) for _ in range(2)]
    assert one == two
    await draw(office, invoice_id)
    told = await get(office, tutor, f"/v1/invoices/{invoice_id}/pdf")

    async def never(*_: object) -> bytes:
        raise AssertionError("drawn again")

    monkeypatch.setattr(children, "run", never)
    await draw(office, invoice_id)
    again = await get(office, tutor, f"/v1/invoices/{invoice_id}/pdf")
    assert again["sha256"] == told["sha256"]


async def test_p14_a_pdf_that_is_not_kept_is_made_by_the_next_try(
    office: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    tutor, invoice_id, _ = await issued(office)

    async def away(*_: object) -> None:
        raise Unavailable

    with monkeypatch.context() as patch:
        patch.setattr(office.parts.objects, "put", away)
        with pytest.raises(Unavailable):
            await draw(office, invoice_id)
    answer = await office.client.get(f"/v1/invoices/{invoice_id}/pdf", headers=tutor.headers)
    assert answer.status_code == 202
    await draw(office, invoice_id)
    told = await get(office, tutor, f"/v1/invoices/{invoice_id}/pdf")
    assert (await fetch(told["url"])).status_code == 200


async def test_p14_a_pdf_whose_job_was_lost_is_asked_for_anew(office: Shop) -> None:
    """Once, a quarter of an hour later, and not by every look."""
    tutor, invoice_id, _ = await issued(office)
    path = f"/v1/invoices/{invoice_id}/pdf"

    async def jobs_waiting() -> int:
        async with office.parts.database.transaction() as session:
            found = text("SELECT count(*) FROM outbox WHERE address = 'payment.invoices.draw'")
            return int(await session.scalar(found) or 0)

    for expected in (1, 2, 2):
        answer = await office.client.get(path, headers=tutor.headers)
        assert answer.status_code == 202
        assert await jobs_waiting() == expected
        if expected == 1:
            async with office.parts.database.transaction() as session:
                older = text(
                    "UPDATE invoice_documents SET asked_at = asked_at - CAST(:by AS interval)"
                )
                await session.execute(older, {"by": timedelta(minutes=15)})


async def test_p14_nobody_gets_the_pdf_of_another(office: Shop) -> None:
    tutor, invoice_id, _ = await issued(office)
    await draw(office, invoice_id)
    other, admin = office.stack.as_user("tutor"), office.stack.as_user("admin")
    for path in (f"/v1/invoices/{invoice_id}", f"/v1/invoices/{invoice_id}/pdf"):
        assert await get(office, other, path, 404) == "invoice_not_found"
        assert await get(office, admin, path)
    with pytest.raises(InvoiceNotFound):
        await draw(office, str(tutor.id))
