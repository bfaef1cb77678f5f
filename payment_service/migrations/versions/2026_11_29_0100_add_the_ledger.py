"""Add the ledger: accounts, postings, lines, balances, and the law that each posting keeps."""

from uuid import UUID, uuid5

import sqlalchemy as sa
from alembic import op

revision: str = "202611290100"
down_revision: str | None = "202611281240"

NAMESPACE = UUID("0d1a3b52-6a0e-5b86-9c11-2f2d4a6a7c10")
PLATFORM = ("provider_clearing", "revenue", "refunds")
PAST = (
    ("sale", "id::text", "paid_at", "payments", "paid_at IS NOT NULL", 0, 1),
    ("refund_owed", "id::text", "requested_at", "refunds", "true", 1, 2),
    (
        "refund_paid", "id || ':' || revision", "ended_at", "refunds", "state = 'succeeded'", 2, 0
    ),
)
"""What was paid and given back before there was a ledger: kind, reference, time, table, condition,
and from which account of `PLATFORM` to which.
"""

CHECK = """
CREATE FUNCTION check_ledger_posting() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE wanted uuid;
BEGIN
  IF TG_TABLE_NAME = 'ledger_postings' THEN wanted := NEW.id; ELSE wanted := NEW.posting_id; END IF;
  IF (SELECT line_count FROM ledger_postings WHERE id = wanted)
     IS DISTINCT FROM (SELECT count(*) FROM ledger_lines WHERE posting_id = wanted)
     OR EXISTS (SELECT FROM ledger_lines WHERE posting_id = wanted
                GROUP BY currency HAVING sum(amount) <> 0)
  THEN
    RAISE EXCEPTION 'the lines of posting % are not whole, or do not sum to zero', wanted
      USING ERRCODE = 'check_violation', CONSTRAINT = 'ck_ledger_postings_balanced';
  END IF;
  RETURN NULL;
END $$
"""


def upgrade() -> None:
    """Expands the schema; the running version keeps working."""
    op.create_table(
        "ledger_accounts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=True),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("currency ~ '^[A-Z]{3}$'", name=op.f("ck_ledger_accounts_currency")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ledger_accounts")),
        sa.UniqueConstraint("id", "currency", name=op.f("uq_ledger_accounts_id_currency")),
        comment="append-only",
    )
    op.create_index("ix_ledger_accounts_kind", "ledger_accounts", ["kind", "currency", "id"])
    op.create_index("ix_ledger_accounts_owner_id", "ledger_accounts", ["owner_id"])
    op.create_table(
        "ledger_postings",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("line_count", sa.SmallInteger(), nullable=False),
        sa.Column("posted_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("line_count >= 2", name=op.f("ck_ledger_postings_line_count")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ledger_postings")),
        sa.UniqueConstraint("kind", "reference", name=op.f("uq_ledger_postings_kind_reference")),
        comment="append-only",
    )
    op.create_index("ix_ledger_postings_posted_at", "ledger_postings", ["posted_at", "kind"])
    op.create_table(
        "ledger_lines",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("posting_id", sa.Uuid(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("amount <> 0", name=op.f("ck_ledger_lines_amount")),
        sa.ForeignKeyConstraint(
            ["account_id", "currency"],
            ["ledger_accounts.id", "ledger_accounts.currency"],
            name=op.f("fk_ledger_lines_account_id_currency"),
        ),
        sa.ForeignKeyConstraint(
            ["posting_id"], ["ledger_postings.id"], name=op.f("fk_ledger_lines_posting_id")
        ),
        sa.PrimaryKeyConstraint("account_id", "posting_id", name=op.f("pk_ledger_lines")),
        comment="append-only",
    )
    op.create_index(op.f("ix_ledger_lines_posting_id"), "ledger_lines", ["posting_id"])
    op.create_table(
        "ledger_balances",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("slot", sa.SmallInteger(), nullable=False),
        sa.Column("bounded", sa.Boolean(), nullable=False),
        sa.Column("amount", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.CheckConstraint(
            "amount >= 0 OR NOT bounded", name=op.f("ck_ledger_balances_overdrawn")
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["ledger_accounts.id"], name=op.f("fk_ledger_balances_account_id")
        ),
        sa.PrimaryKeyConstraint("account_id", "slot", name=op.f("pk_ledger_balances")),
    )
    _book_the_past()
    op.execute(CHECK)
    for table in ("ledger_postings", "ledger_lines"):
        op.execute(
            f"CREATE CONSTRAINT TRIGGER {table}_balanced AFTER INSERT ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION check_ledger_posting()"
        )
    op.execute(
        "REVOKE UPDATE, DELETE ON ledger_accounts, ledger_postings, ledger_lines FROM payment_app"
    )


def _book_the_past() -> None:
    bind = op.get_bind()
    for currency in bind.scalars(sa.text("SELECT DISTINCT currency FROM payments")).all():
        accounts = [uuid5(NAMESPACE, f"{kind}:{currency}:") for kind in PLATFORM]
        for account, kind in zip(accounts, PLATFORM, strict=True):
            bind.execute(
                sa.text("INSERT INTO ledger_accounts VALUES (:id, :kind, :currency, NULL, now())"),
                {"id": account, "kind": kind, "currency": currency},
            )
        for kind, reference, at, table, condition, source, target in PAST:
            bind.execute(
                sa.text(f"""
                WITH happened AS (
                  SELECT gen_random_uuid() AS id, {reference} AS reference, {at} AS at, amount
                  FROM {table} WHERE currency = :currency AND {condition}
                ), posted AS (
                  INSERT INTO ledger_postings SELECT id, :kind, reference, 2, at FROM happened
                )
                INSERT INTO ledger_lines
                SELECT CAST(:source AS uuid), id, :currency, -amount FROM happened UNION ALL
                SELECT CAST(:target AS uuid), id, :currency, amount FROM happened
                """),
                {
                    "kind": kind, "currency": currency,
                    "source": accounts[source], "target": accounts[target],
                },
            )  # fmt: skip
    op.execute("""
        INSERT INTO ledger_balances SELECT a.id, 0, false, COALESCE(sum(l.amount), 0)
        FROM ledger_accounts a LEFT JOIN ledger_lines l ON l.account_id = a.id GROUP BY a.id
    """)


def downgrade() -> None:
    """Takes the change back."""
    for table in ("ledger_balances", "ledger_lines", "ledger_postings", "ledger_accounts"):
        op.drop_table(table)
    op.execute("DROP FUNCTION check_ledger_posting()")
