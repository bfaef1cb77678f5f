"""Add invoices, their counters and PDFs, and billing details."""

import sqlalchemy as sa
from alembic import op

revision: str = "202611290401"
down_revision: str | None = "202611290320"

NEVER_CHANGED = "invoices, invoice_lines, invoice_taxes"


def _sum(name: str) -> "sa.Column[int]":
    return sa.Column(name, sa.BigInteger(), nullable=False)


def _text(name: str, *, nullable: bool = False) -> "sa.Column[str]":
    return sa.Column(name, sa.Text(), nullable=nullable)


def upgrade() -> None:
    """Expands the schema; the running version keeps working."""
    op.create_table(
        "invoice_counters",
        _text("issuer_code"),
        _text("kind"),
        sa.Column("year", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("issuer_code", "kind", "year", name=op.f("pk_invoice_counters")),
    )
    op.create_table(
        "billing_details",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        _text("name"),
        _text("address"),
        _text("country", nullable=True),
        _text("tax_id", nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_billing_details")),
    )
    _create_invoices()
    op.create_table(
        "invoice_lines",
        sa.Column("invoice_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        _text("description"),
        _sum("net"),
        _sum("amount"),
        sa.ForeignKeyConstraint(
            ["invoice_id"], ["invoices.id"], name=op.f("fk_invoice_lines_invoice_id")
        ),
        sa.PrimaryKeyConstraint("invoice_id", "position", name=op.f("pk_invoice_lines")),
        comment="append-only",
    )
    op.create_table(
        "invoice_taxes",
        sa.Column("invoice_id", sa.Uuid(), nullable=False),
        sa.Column("line", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        _text("name"),
        sa.Column("percent", sa.Numeric(7, 4), nullable=False),
        _sum("amount"),
        sa.Column("rounding", sa.Numeric(7, 4), nullable=False),
        sa.ForeignKeyConstraint(
            ["invoice_id"], ["invoices.id"], name=op.f("fk_invoice_taxes_invoice_id")
        ),
        sa.PrimaryKeyConstraint("invoice_id", "line", "position", name=op.f("pk_invoice_taxes")),
        comment="append-only",
    )
    op.create_table(
        "invoice_documents",
        sa.Column("invoice_id", sa.Uuid(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("drawn_at", sa.DateTime(timezone=True), nullable=True),
        _text("object_key", nullable=True),
        _text("sha256", nullable=True),
        sa.ForeignKeyConstraint(
            ["invoice_id"], ["invoices.id"], name=op.f("fk_invoice_documents_invoice_id")
        ),
        sa.PrimaryKeyConstraint("invoice_id", name=op.f("pk_invoice_documents")),
    )
    op.execute(f"REVOKE UPDATE, DELETE ON {NEVER_CHANGED} FROM payment_app")


def _create_invoices() -> None:
    op.create_table(
        "invoices",
        sa.Column("id", sa.Uuid(), nullable=False),
        _text("number"),
        _text("issuer_code"),
        _text("kind"),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("serial", sa.Integer(), nullable=False),
        sa.Column("corrects_id", sa.Uuid(), nullable=True),
        sa.Column("payment_id", sa.Uuid(), nullable=False),
        sa.Column("refund_id", sa.Uuid(), nullable=True),
        sa.Column("study_session_id", sa.Uuid(), nullable=False),
        sa.Column("tutor_id", sa.Uuid(), nullable=False),
        _text("currency"),
        _sum("net"),
        _sum("tax"),
        _sum("total"),
        _text("issuer_name"),
        _text("issuer_address"),
        _text("issuer_tax_id", nullable=True),
        _text("customer_name", nullable=True),
        _text("customer_address", nullable=True),
        _text("customer_country", nullable=True),
        _text("customer_tax_id", nullable=True),
        sa.Column("issued_on", sa.Date(), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("kind IN ('invoice', 'credit_note')", name=op.f("ck_invoices_kind")),
        sa.CheckConstraint("total >= 0 AND net + tax = total", name=op.f("ck_invoices_sums")),
        sa.CheckConstraint(
            "(kind = 'credit_note') = (corrects_id IS NOT NULL AND refund_id IS NOT NULL)",
            name=op.f("ck_invoices_corrects"),
        ),
        sa.ForeignKeyConstraint(
            ["corrects_id"], ["invoices.id"], name=op.f("fk_invoices_corrects_id")
        ),
        sa.ForeignKeyConstraint(
            ["payment_id"], ["payments.id"], name=op.f("fk_invoices_payment_id")
        ),
        sa.ForeignKeyConstraint(["refund_id"], ["refunds.id"], name=op.f("fk_invoices_refund_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invoices")),
        sa.UniqueConstraint(
            "issuer_code",
            "kind",
            "year",
            "serial",
            name=op.f("uq_invoices_issuer_code_kind_year_serial"),
        ),
        sa.UniqueConstraint("number", name=op.f("uq_invoices_number")),
        sa.UniqueConstraint("refund_id", name=op.f("uq_invoices_refund_id")),
        comment="append-only",
    )
    op.create_index(
        "uq_invoices_payment_id",
        "invoices",
        ["payment_id"],
        unique=True,
        postgresql_where=sa.text("kind = 'invoice'"),
    )
    op.create_index("ix_invoices_corrects_id", "invoices", ["corrects_id"], unique=False)
    op.create_index("ix_invoices_tutor_id", "invoices", ["tutor_id", "id"], unique=False)
    op.create_index("ix_invoices_kind", "invoices", ["kind", "id"], unique=False)


def downgrade() -> None:
    """Takes the change back."""
    for name in (
        "invoice_documents",
        "invoice_taxes",
        "invoice_lines",
        "invoices",
        "billing_details",
        "invoice_counters",
    ):
        op.drop_table(name)
