"""Queries for invoices. Permission is part of a person's query."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import bindparam, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from libs.auth import Principal, Role
from libs.hot_reads import PageQuery, Query, Row, RowPage, columns_of
from libs.pagination import PageRequest
from libs.postgres import Reads
from payment_service.invoices.errors import BillingDetailsNotFound, InvoiceNotFound
from payment_service.invoices.models import (
    BillingDetails,
    Invoice,
    InvoiceCounter,
    InvoiceDocument,
    InvoiceLine,
    InvoiceTax,
)
from payment_service.invoices.schemas import (
    BillingDetailsOut,
    BillingDetailsUpdate,
    InvoiceAdminOut,
    InvoiceSummaryOut,
)
from payment_service.invoices.states import InvoiceKind

_ID, _OWN = Invoice.id == bindparam("invoice_id"), Invoice.tutor_id == bindparam("tutor_id")
_PAGE = select(*columns_of(Invoice, InvoiceSummaryOut))
_OWN_PAGE = PageQuery(_PAGE.where(_OWN), Invoice.id, {"kind": Invoice.kind == bindparam("kind")})
_ANY_PAGE = PageQuery(
    select(*columns_of(Invoice, InvoiceAdminOut)),
    Invoice.id,
    {"kind": Invoice.kind == bindparam("kind"), "tutor_id": _OWN},
)
_corrected = aliased(Invoice)
_WHOLE = select(*Invoice.__table__.columns, _corrected.number.label("corrects_number")).outerjoin(
    _corrected, _corrected.id == Invoice.corrects_id
)
_ANY_ONE, _OWN_ONE = Query(_WHOLE.where(_ID)), Query(_WHOLE.where(_ID, _OWN))
_LINES = Query(
    select(InvoiceLine.position, InvoiceLine.description, InvoiceLine.net, InvoiceLine.amount)
    .where(InvoiceLine.invoice_id == bindparam("invoice_id"))
    .order_by(InvoiceLine.position)
)
_TAXES = Query(
    select(
        InvoiceTax.line, InvoiceTax.name, InvoiceTax.percent, InvoiceTax.amount, InvoiceTax.rounding
    )
    .where(InvoiceTax.invoice_id == bindparam("invoice_id"))
    .order_by(InvoiceTax.line, InvoiceTax.position)
)
_DETAILS = Query(
    select(*columns_of(BillingDetails, BillingDetailsOut)).where(
        BillingDetails.account_id == bindparam("account_id")
    )
)


class Found(NamedTuple):
    """A document with what stands in it."""

    head: Row
    lines: Sequence[Row]
    taxes: Sequence[Row]


async def take_serial(session: AsyncSession, code: str, kind: InvoiceKind, year: int) -> int:
    """The next number of an issuer's year. Until the end of the transaction nobody else gets one:
    take it last, after all other locks.
    """
    first = insert(InvoiceCounter).values(issuer_code=code, kind=kind.value, year=year, last=1)
    statement = first.on_conflict_do_update(
        index_elements=["issuer_code", "kind", "year"], set_={"last": InvoiceCounter.last + 1}
    )
    return (await session.scalars(statement.returning(InvoiceCounter.last))).one()


async def add(
    session: AsyncSession,
    invoice: Invoice,
    lines: Sequence[InvoiceLine],
    taxes: Sequence[InvoiceTax],
) -> None:
    """Adds a document with its lines, and the wish for its PDF."""
    session.add(invoice)
    await session.flush()
    asked = InvoiceDocument(invoice_id=invoice.id, asked_at=invoice.issued_at)
    session.add_all([*lines, *taxes, asked])
    await session.flush()


async def find_of_payment(session: AsyncSession, payment_id: UUID) -> Invoice | None:
    """The invoice of a payment."""
    return await session.scalar(
        select(Invoice).where(
            Invoice.payment_id == payment_id, Invoice.kind == InvoiceKind.INVOICE.value
        )
    )


async def has_credited(session: AsyncSession, refund_id: UUID) -> bool:
    """Whether a refund has its credit note."""
    found = await session.scalar(select(Invoice.id).where(Invoice.refund_id == refund_id))
    return found is not None


async def sum_credited(session: AsyncSession, invoice_id: UUID) -> int:
    """How much of an invoice has been credited, in minor units."""
    total = func.coalesce(func.sum(Invoice.total), 0)
    return int(await session.scalar(select(total).where(Invoice.corrects_id == invoice_id)) or 0)


async def get_line(session: AsyncSession, invoice_id: UUID) -> InvoiceLine:
    """The first line of an invoice."""
    return await session.get_one(InvoiceLine, (invoice_id, 1))


async def list_taxes(session: AsyncSession, invoice_id: UUID) -> Sequence[InvoiceTax]:
    """The taxes in an invoice's first line, in order."""
    statement = select(InvoiceTax).where(InvoiceTax.invoice_id == invoice_id, InvoiceTax.line == 1)
    return (await session.scalars(statement.order_by(InvoiceTax.position))).all()


async def get_for(reads: Reads, user: Principal, invoice_id: UUID) -> Found:
    """A document that `user` may see: a tutor's own, or any for an admin. Raises
    `InvoiceNotFound`.
    """
    if user.role is Role.ADMIN:
        return await get(reads, invoice_id)
    return await _whole(reads, await _OWN_ONE.first(
        reads, invoice_id=invoice_id, tutor_id=user.account_id
    ))  # fmt: skip


async def get(reads: Reads, invoice_id: UUID) -> Found:
    """A document, for what the platform itself does. Raises `InvoiceNotFound`."""
    return await _whole(reads, await _ANY_ONE.first(reads, invoice_id=invoice_id))


async def _whole(reads: Reads, head: Row | None) -> Found:
    if head is None:
        raise InvoiceNotFound
    lines = await _LINES.all(reads, invoice_id=head["id"])
    return Found(head, lines, await _TAXES.all(reads, invoice_id=head["id"]))


async def list_page(
    reads: Reads, page: PageRequest, tutor_id: UUID, kind: InvoiceKind | None
) -> RowPage:
    """A tutor's documents, newest first."""
    return await _OWN_PAGE.page(reads, page, tutor_id=tutor_id, kind=kind)


async def list_all_page(
    reads: Reads, page: PageRequest, kind: InvoiceKind | None, tutor_id: UUID | None
) -> RowPage:
    """Everybody's documents for admins, newest first."""
    return await _ANY_PAGE.page(reads, page, kind=kind, tutor_id=tutor_id)


async def get_document_for(
    session: AsyncSession, user: Principal, invoice_id: UUID
) -> tuple[InvoiceDocument, str]:
    """What is known of the PDF of a document that `user` may see, and the document's number. Raises
    `InvoiceNotFound`.
    """
    statement: Any = (
        select(InvoiceDocument, Invoice.number)
        .join(Invoice, Invoice.id == InvoiceDocument.invoice_id)
        .where(Invoice.id == invoice_id)
    )
    if user.role is not Role.ADMIN:
        statement = statement.where(Invoice.tutor_id == user.account_id)
    row = (await session.execute(statement)).first()
    if row is None:
        raise InvoiceNotFound
    return row[0], row[1]


async def is_drawn(session: AsyncSession, invoice_id: UUID) -> bool:
    """Whether the PDF is there. Raises `InvoiceNotFound`."""
    document = await session.get(InvoiceDocument, invoice_id)
    if document is None:
        raise InvoiceNotFound
    return document.object_key is not None


async def ask_again(
    session: AsyncSession, invoice_id: UUID, before: datetime, now: datetime
) -> bool:
    """Notes that a PDF is asked for; false if it was since `before`."""
    statement = (
        update(InvoiceDocument)
        .where(InvoiceDocument.invoice_id == invoice_id, InvoiceDocument.asked_at <= before)
        .values(asked_at=now)
        .returning(InvoiceDocument.invoice_id)
    )
    return await session.scalar(statement) is not None


async def keep_drawn(
    session: AsyncSession, invoice_id: UUID, object_key: str, sha256: str, now: datetime
) -> None:
    """Notes where a PDF is; the first one stays."""
    await session.execute(
        update(InvoiceDocument)
        .where(InvoiceDocument.invoice_id == invoice_id, InvoiceDocument.object_key.is_(None))
        .values(object_key=object_key, sha256=sha256, drawn_at=now)
    )


async def get_details(reads: Reads, account_id: UUID) -> Row:
    """One's billing details. Raises `BillingDetailsNotFound`."""
    found = await _DETAILS.first(reads, account_id=account_id)
    if found is None:
        raise BillingDetailsNotFound
    return found


async def find_details(session: AsyncSession, account_id: UUID) -> BillingDetails | None:
    """A person's billing details, if any were given."""
    return await session.get(BillingDetails, account_id, populate_existing=True)


async def save_details(
    session: AsyncSession, account_id: UUID, details: BillingDetailsUpdate, now: datetime
) -> BillingDetails:
    """Keeps one's billing details in place of those before."""
    values = {**details.model_dump(), "updated_at": now}
    adding = insert(BillingDetails).values(account_id=account_id, **values)
    statement = adding.on_conflict_do_update(index_elements=["account_id"], set_=values)
    found = await session.scalars(
        statement.returning(BillingDetails), execution_options={"populate_existing": True}
    )
    return found.one()
