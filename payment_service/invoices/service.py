"""Invoices and credit notes: issued in the transaction in which money comes or has gone back, and
never changed (P-A10).
"""

import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from libs import log, outbox
from libs.auth import Principal
from libs.events.payment_invoices import InvoiceIssued
from libs.hot_reads import Row
from libs.ids import new_id
from libs.objects import Objects
from libs.postgres import Reads
from payment_service.invoices import repository
from payment_service.invoices.arithmetic import Split, split, split_next
from payment_service.invoices.models import BillingDetails, Invoice, InvoiceLine, InvoiceTax
from payment_service.invoices.schemas import (
    CustomerOut,
    DrawInvoice,
    InvoiceOut,
    InvoicePdfOut,
    InvoiceSummaryOut,
    IssuerOut,
    LineOut,
    TaxOut,
)
from payment_service.invoices.states import KEY, Bill, Credit, InvoiceKind, Issuer, Item
from payment_service.settings import TaxPart

ASK_AGAIN_AFTER = timedelta(minutes=15)
"""A PDF that is not there is asked for anew: its job may have failed for good."""
ADDRESS_LIVES = timedelta(minutes=5)
PDF = "application/pdf"

logger = log.get(__name__)


class _Text(NamedTuple):
    """What a document says besides who issues it: its lines, and whom it is for."""

    lines: list[tuple[str, Split]]
    customer: dict[str, str | None]


async def issue(session: AsyncSession, bill: Bill, now: datetime) -> Invoice:
    """The invoice of a payment that becomes paid, in the payment's own transaction. Call it last:
    it locks the counter of numbers until the commit.
    """
    issuer: Issuer = session.info[KEY]
    details = await repository.find_details(session, bill.tutor_id)
    items = bill.items or (Item(bill.description, bill.amount),)
    text = _Text(_taken_apart(0, items, issuer.tax_parts), _customer(details))
    invoice = Invoice(
        kind=InvoiceKind.INVOICE.value,
        payment_id=bill.payment_id,
        study_session_id=bill.study_session_id,
        tutor_id=bill.tutor_id,
        currency=bill.currency,
    )
    return await _finalise(session, issuer, invoice, text, now)


async def credit(session: AsyncSession, credit: Credit, now: datetime) -> Invoice | None:
    """The credit note of a refund that has succeeded, under its class's lock; at most one, even if
    the bank sends the money back and it is tried again: it stays owed. Its taxes are the invoice's.
    `None` for a payment that is older than invoices. Call it last, as `issue`.
    """
    if await repository.has_credited(session, credit.refund_id):
        return None
    invoice = await repository.find_of_payment(session, credit.payment_id)
    if invoice is None:
        logger.warning("credit_without_invoice", refund_id=str(credit.refund_id))
        return None
    line = await repository.get_line(session, invoice.id)
    before = await repository.sum_credited(session, invoice.id)
    parts = await _parts(session, invoice.id)
    items = credit.items or (Item(f"Credit for: {line.description}", credit.amount),)
    text = _Text(_taken_apart(before, items, parts), _customer_of(invoice))
    note = Invoice(
        kind=InvoiceKind.CREDIT_NOTE.value,
        corrects_id=invoice.id,
        payment_id=invoice.payment_id,
        refund_id=credit.refund_id,
        study_session_id=invoice.study_session_id,
        tutor_id=invoice.tutor_id,
        currency=invoice.currency,
    )
    return await _finalise(session, session.info[KEY], note, text, now)


def tax_in(session: AsyncSession, amount: int) -> int:
    """What tax an invoice of this moment has in an amount; both in minor units."""
    issuer: Issuer = session.info[KEY]
    return split(amount, issuer.tax_parts).tax


async def tax_credited(session: AsyncSession, payment_id: UUID, amount: int) -> int:
    """What tax credit notes take back in all, once they have taken back so much of a payment; both
    in minor units. None of a payment that is older than invoices.
    """
    invoice = await repository.find_of_payment(session, payment_id)
    if invoice is None:
        return 0
    return split(amount, await _parts(session, invoice.id)).tax


async def get_for(reads: Reads, user: Principal, invoice_id: UUID) -> InvoiceOut:
    """A document that `user` may see. Raises `InvoiceNotFound`."""
    return _shown(await repository.get_for(reads, user, invoice_id))


async def get(reads: Reads, invoice_id: UUID) -> InvoiceOut:
    """A document, for what the platform itself does. Raises `InvoiceNotFound`."""
    return _shown(await repository.get(reads, invoice_id))


async def find_pdf(
    session: AsyncSession, objects: Objects, user: Principal, invoice_id: UUID, now: datetime
) -> InvoicePdfOut | None:
    """An address for five minutes; `None` while the PDF is being made. Raises `InvoiceNotFound`."""
    document, number = await repository.get_document_for(session, user, invoice_id)
    if document.object_key is None or document.sha256 is None:
        if await repository.ask_again(session, invoice_id, now - ASK_AGAIN_AFTER, now):
            await outbox.enqueue(session, DrawInvoice(invoice_id=invoice_id))
        return None
    url = objects.download_address(document.object_key, f"{number}.pdf", ADDRESS_LIVES)
    return InvoicePdfOut(url=url, expires_at=now + ADDRESS_LIVES, sha256=document.sha256)


async def keep_pdf(session: AsyncSession, invoice_id: UUID, object_key: str, body: bytes) -> None:
    """Notes where the bytes of a PDF have been stored."""
    now: datetime = session.info["clock"].now()
    digest = hashlib.sha256(body).hexdigest()
    await repository.keep_drawn(session, invoice_id, object_key, digest, now)


async def _finalise(
    session: AsyncSession, issuer: Issuer, invoice: Invoice, text: _Text, now: datetime
) -> Invoice:
    """Gives a document its number and keeps it; its PDF is made, and its reader told, later."""
    kind, day = InvoiceKind(invoice.kind), issuer.day(now)
    invoice.id = new_id()
    invoice.issuer_code, invoice.issuer_name = issuer.code, issuer.name
    invoice.issuer_address, invoice.issuer_tax_id = issuer.address, issuer.tax_id
    for name, value in text.customer.items():
        setattr(invoice, name, value)
    splits = [taken for _, taken in text.lines]
    invoice.net, invoice.tax = sum(one.net for one in splits), sum(one.tax for one in splits)
    invoice.total = invoice.net + invoice.tax
    invoice.issued_on, invoice.issued_at, invoice.year = day, now, day.year
    invoice.serial = await repository.take_serial(session, issuer.code, kind, day.year)
    invoice.number = issuer.number(kind, day.year, invoice.serial)
    await repository.add(session, invoice, _lines(invoice.id, text), _taxes(invoice.id, splits))
    await outbox.publish(session, _event(invoice))
    await outbox.enqueue(session, DrawInvoice(invoice_id=invoice.id))
    return invoice


async def _parts(session: AsyncSession, invoice_id: UUID) -> list[TaxPart]:
    taxes = await repository.list_taxes(session, invoice_id)
    return [TaxPart(name=tax.name, percent=tax.percent) for tax in taxes]


def _taken_apart(
    before: int, items: Sequence[Item], parts: Sequence[TaxPart]
) -> list[tuple[str, Split]]:
    """The lines of a document, after `before` was credited already; rounded as a running total, so
    that their taxes are together those of the sum.
    """
    lines = []
    for item in items:
        lines.append((item.description, split_next(before, item.amount, parts)))
        before += item.amount
    return lines


def _lines(invoice_id: UUID, text: _Text) -> list[InvoiceLine]:
    return [
        InvoiceLine(
            invoice_id=invoice_id,
            position=position,
            description=description,
            net=taken.net,
            amount=taken.net + taken.tax,
        )
        for position, (description, taken) in enumerate(text.lines, 1)
    ]


def _taxes(invoice_id: UUID, splits: Sequence[Split]) -> list[InvoiceTax]:
    return [
        InvoiceTax(
            invoice_id=invoice_id,
            line=line,
            position=position,
            name=share.part.name,
            percent=share.part.percent,
            amount=share.amount,
            rounding=share.rounding,
        )
        for line, taken in enumerate(splits, 1)
        for position, share in enumerate(taken.shares, 1)
    ]


def _event(invoice: Invoice) -> InvoiceIssued:
    return InvoiceIssued(
        invoice_id=invoice.id,
        number=invoice.number,
        kind=InvoiceKind(invoice.kind).value,
        study_session_id=invoice.study_session_id,
        tutor_id=invoice.tutor_id,
        payment_id=invoice.payment_id,
        refund_id=invoice.refund_id,
        total=invoice.total,
        tax=invoice.tax,
        currency=invoice.currency,
        revision=1,
    )


def _customer(details: BillingDetails | None) -> dict[str, str | None]:
    return {
        "customer_name": details.name if details else None,
        "customer_address": details.address if details else None,
        "customer_country": details.country if details else None,
        "customer_tax_id": details.tax_id if details else None,
    }


def _customer_of(invoice: Invoice) -> dict[str, str | None]:
    return {name: getattr(invoice, name) for name in _customer(None)}


def _shown(found: repository.Found) -> InvoiceOut:
    head = found.head
    summary = {name: head[name] for name in InvoiceSummaryOut.model_fields}
    return InvoiceOut(
        **summary,
        corrects_number=head["corrects_number"],
        issuer=IssuerOut(
            name=head["issuer_name"], address=head["issuer_address"], tax_id=head["issuer_tax_id"]
        ),
        customer=CustomerOut(
            account_id=head["tutor_id"],
            name=head["customer_name"],
            address=head["customer_address"],
            country=head["customer_country"],
            tax_id=head["customer_tax_id"],
        ),
        lines=[_line_out(line, found.taxes) for line in found.lines],
    )


def _line_out(line: Row, taxes: Sequence[Row]) -> LineOut:
    shown = [
        TaxOut(**{name: tax[name] for name in TaxOut.model_fields})
        for tax in taxes
        if tax["line"] == line["position"]
    ]
    return LineOut(
        description=line["description"], net=line["net"], amount=line["amount"], taxes=shown
    )
