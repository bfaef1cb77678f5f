"""Adds the answers that are kept under idempotency keys."""

import sqlalchemy as sa
from alembic import op

revision: str = "202611222157"
down_revision: str | None = "202611222119"


def upgrade() -> None:
    """Expands the schema; the running version keeps working."""
    op.create_table(
        "idempotency_keys",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("route", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column("owner", sa.Uuid(), nullable=False, comment="the try that began it"),
        sa.Column("subject", sa.Uuid(), nullable=True, comment="the intent that will answer it"),
        sa.Column(
            "status",
            sa.SmallInteger(),
            nullable=True,
            comment="of the answer; null while it runs",
        ),
        sa.Column("body", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("account_id", "route", "key", name=op.f("pk_idempotency_keys")),
    )
    op.create_index("ix_idempotency_keys_created_at", "idempotency_keys", ["created_at"])
    op.create_index(
        "ix_idempotency_keys_running",
        "idempotency_keys",
        ["subject"],
        postgresql_where=sa.text("status IS NULL"),
    )


def downgrade() -> None:
    """Takes the change back."""
    op.drop_index(
        "ix_idempotency_keys_running",
        table_name="idempotency_keys",
        postgresql_where=sa.text("status IS NULL"),
    )
    op.drop_index("ix_idempotency_keys_created_at", table_name="idempotency_keys")
    op.drop_table("idempotency_keys")
