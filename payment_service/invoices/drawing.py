"""Draws an invoice as a PDF. Pure: the same invoice gives the same bytes. Only a child process
imports it, for fpdf and the fonts.

Texts are set in FiraGO (SIL Open Font License 1.1), which has Latin, Greek, Cyrillic, Georgian,
Hebrew, Arabic, Devanagari and Thai, and the signs of currencies; HarfBuzz joins letters and sets
what runs from right to left. Letters of other scripts come out as empty boxes.
"""

import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pymupdf_fonts
from fpdf import FPDF
from fpdf.enums import XPos, YPos

from payment_service.invoices.money import shown
from payment_service.invoices.schemas import InvoiceOut, TaxOut
from payment_service.invoices.states import InvoiceKind

FONT = "FiraGO"
FACES = {"": "figo", "B": "figbo"}
TITLES = {InvoiceKind.INVOICE: "Invoice", InvoiceKind.CREDIT_NOTE: "Credit note"}
LINE = 6.0
"""Millimetres from one line of text to the next."""
ROUNDED = (
    "Prices include tax. Each tax is rounded half up to the smallest unit of the currency; "
    "“Rounding” is by how much of such a unit."
)


def draw(invoice: InvoiceOut) -> bytes:
    """The PDF, one page or more."""
    with tempfile.TemporaryDirectory(prefix="studyzed-fonts-") as folder:
        pdf = FPDF(format="A4")
        _load_fonts(pdf, Path(folder))  # read once more at the end
        _write(pdf, invoice)
        return bytes(pdf.output())


def _write(pdf: FPDF, invoice: InvoiceOut) -> None:
    title = f"{TITLES[invoice.kind]} {invoice.number}"
    pdf.set_title(title)
    pdf.set_author(invoice.issuer.name)
    pdf.set_lang("en")
    pdf.set_creation_date(invoice.issued_at)
    pdf.add_page()
    _text(pdf, title, size=18, style="B")
    for part in (_head(invoice), _issuer(invoice), _customer(invoice)):
        pdf.ln(LINE / 2)
        for words in part:
            _text(pdf, words)
    _sums(pdf, invoice)


def _load_fonts(pdf: FPDF, folder: Path) -> None:
    for style, name in FACES.items():
        file = folder / f"{name}.ttf"
        file.write_bytes(pymupdf_fonts.myfont(name))
        pdf.add_font(FONT, style, file)
    pdf.set_font(FONT, size=10)
    pdf.set_text_shaping(use_shaping_engine=True)


def _text(pdf: FPDF, words: str, size: float = 10, style: Any = "") -> None:
    pdf.set_font(FONT, style, size)
    pdf.multi_cell(0, LINE * size / 10, words, new_x=XPos.LMARGIN, new_y=YPos.NEXT)


def _head(invoice: InvoiceOut) -> Iterator[str]:
    yield f"Date: {invoice.issued_on:%Y-%m-%d}"
    if invoice.corrects_number is not None:
        yield f"Takes back from: invoice {invoice.corrects_number}"
    yield f"Payment: {invoice.payment_id}"


def _issuer(invoice: InvoiceOut) -> Iterator[str]:
    issuer = invoice.issuer
    yield f"From: {issuer.name}"
    yield from _lines(issuer.address)
    if issuer.tax_id:
        yield f"Tax number: {issuer.tax_id}"


def _customer(invoice: InvoiceOut) -> Iterator[str]:
    customer = invoice.customer
    yield f"To: {customer.name or f'account {customer.account_id}'}"
    yield from _lines(customer.address or "")
    if customer.country:
        yield customer.country
    if customer.tax_id:
        yield f"Tax number: {customer.tax_id}"


def _lines(words: str) -> list[str]:
    return [line for line in words.replace("\t", " ").splitlines() if line.strip()]


def _sums(pdf: FPDF, invoice: InvoiceOut) -> None:
    def money(amount: int) -> str:
        return shown(amount, invoice.currency)

    rows = [("Description", "Net", "Tax", "Amount")]
    taxes: list[TaxOut] = []
    for line in invoice.lines:
        tax = sum(one.amount for one in line.taxes)
        rows.append((line.description, money(line.net), money(tax), money(line.amount)))
        taxes += line.taxes
    rows.append(("Total", money(invoice.net), money(invoice.tax), money(invoice.total)))
    _table(pdf, rows, (82, 36, 36, 36))
    if taxes:
        _table(pdf, [("Tax", "Rate", "Amount", "Rounding"), *(
            (one.name, f"{one.percent.normalize():f} %", money(one.amount), f"{one.rounding:f}")
            for one in taxes
        )], (82, 36, 36, 36))  # fmt: skip
        pdf.ln(LINE / 2)
        _text(pdf, ROUNDED, size=8)


def _table(pdf: FPDF, rows: Sequence[Sequence[str]], widths: tuple[int, ...]) -> None:
    pdf.ln(LINE)
    pdf.set_font(FONT, size=10)
    with pdf.table(col_widths=widths, text_align=("LEFT", "RIGHT", "RIGHT", "RIGHT")) as table:
        for row in rows:
            table.row(row)
