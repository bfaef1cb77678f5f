"""Invoices and credit notes, which never change, and what about them does: counters and PDFs."""

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    Numeric,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from payment_service.base import Base

APPEND_ONLY = {"comment": "append-only"}
"""What provisioning reads: the services' role may not change or delete such a table's rows."""


class InvoiceCounter(Base):
    """The last number given, by issuer, kind and year. Its row is locked from the taking of a
    number until the end of the transaction: what is rolled back leaves no gap.
    """

    __tablename__ = "invoice_counters"

    issuer_code: Mapped[str] = mapped_column(Text, primary_key=True)
    kind: Mapped[str] = mapped_column(Text, primary_key=True)
    year: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    last: Mapped[int]


class Invoice(Base):
    """One document. Sums are in minor units of `currency` (ISO 4217); `total` is `net` and `tax`.
    Whoever issues it and whom it is for are copies of that moment. `issued_on` is the issuer's day.
    """

    __tablename__ = "invoices"
    __table_args__ = (
        CheckConstraint("kind IN ('invoice', 'credit_note')", name="kind"),
        CheckConstraint("total >= 0 AND net + tax = total", name="sums"),
        CheckConstraint(
            "(kind = 'credit_note') = (corrects_id IS NOT NULL AND refund_id IS NOT NULL)",
            name="corrects",
        ),
        UniqueConstraint("number"),
        UniqueConstraint("issuer_code", "kind", "year", "serial"),
        UniqueConstraint("refund_id"),
        Index(
            "uq_invoices_payment_id",
            "payment_id",
            unique=True,
            postgresql_where=text("kind = 'invoice'"),
        ),
        Index("ix_invoices_corrects_id", "corrects_id"),
        Index("ix_invoices_tutor_id", "tutor_id", "id"),
        Index("ix_invoices_kind", "kind", "id"),
        APPEND_ONLY,
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(Text)
    issuer_code: Mapped[str] = mapped_column(Text)
    kind: Mapped[str] = mapped_column(Text)
    year: Mapped[int]
    serial: Mapped[int]
    corrects_id: Mapped[UUID | None] = mapped_column(ForeignKey("invoices.id"))
    payment_id: Mapped[UUID] = mapped_column(ForeignKey("payments.id"))
    refund_id: Mapped[UUID | None] = mapped_column(ForeignKey("refunds.id"))
    study_session_id: Mapped[UUID]
    tutor_id: Mapped[UUID]
    currency: Mapped[str] = mapped_column(Text)
    net: Mapped[int] = mapped_column(BigInteger)
    tax: Mapped[int] = mapped_column(BigInteger)
    total: Mapped[int] = mapped_column(BigInteger)
    issuer_name: Mapped[str] = mapped_column(Text)
    issuer_address: Mapped[str] = mapped_column(Text)
    issuer_tax_id: Mapped[str | None] = mapped_column(Text)
    customer_name: Mapped[str | None] = mapped_column(Text)
    customer_address: Mapped[str | None] = mapped_column(Text)
    customer_country: Mapped[str | None] = mapped_column(Text)
    customer_tax_id: Mapped[str | None] = mapped_column(Text)
    issued_on: Mapped[date]
    issued_at: Mapped[datetime]


class InvoiceLine(Base):
    """What is billed or credited: `amount` is `net` and its taxes."""

    __tablename__ = "invoice_lines"
    __table_args__ = (APPEND_ONLY,)

    invoice_id: Mapped[UUID] = mapped_column(ForeignKey("invoices.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    description: Mapped[str] = mapped_column(Text)
    net: Mapped[int] = mapped_column(BigInteger)
    amount: Mapped[int] = mapped_column(BigInteger)


class InvoiceTax(Base):
    """One tax in a line; `rounding` as in `arithmetic.Share`."""

    __tablename__ = "invoice_taxes"
    __table_args__ = (APPEND_ONLY,)

    invoice_id: Mapped[UUID] = mapped_column(ForeignKey("invoices.id"), primary_key=True)
    line: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    name: Mapped[str] = mapped_column(Text)
    percent: Mapped[Decimal] = mapped_column(Numeric(7, 4))
    amount: Mapped[int] = mapped_column(BigInteger)
    rounding: Mapped[Decimal] = mapped_column(Numeric(7, 4))


class InvoiceDocument(Base):
    """A document's PDF: asked for last at `asked_at`, in the object store since `drawn_at`."""

    __tablename__ = "invoice_documents"

    invoice_id: Mapped[UUID] = mapped_column(ForeignKey("invoices.id"), primary_key=True)
    asked_at: Mapped[datetime]
    drawn_at: Mapped[datetime | None]
    object_key: Mapped[str | None] = mapped_column(Text)
    sha256: Mapped[str | None] = mapped_column(Text)


class BillingDetails(Base):
    """Whom a person's next invoices are made out to."""

    __tablename__ = "billing_details"

    account_id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(Text)
    address: Mapped[str] = mapped_column(Text)
    country: Mapped[str | None] = mapped_column(Text)
    tax_id: Mapped[str | None] = mapped_column(Text)
    updated_at: Mapped[datetime]
