"""Add holds: money of a wallet that is set aside."""

import sqlalchemy as sa
from alembic import op

revision: str = "202611290503"
down_revision: str | None = "202611290502"


def upgrade() -> None:
    """Expands the schema; the running version keeps working."""
    op.create_table(
        "holds",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("wallet_id", sa.Uuid(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("captured", sa.BigInteger(), nullable=False),
        sa.Column("released", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "amount > 0 AND captured >= 0 AND released >= 0", name=op.f("ck_holds_amount")
        ),
        sa.CheckConstraint(
            "captured + released = CASE WHEN closed_at IS NULL THEN 0 ELSE amount END",
            name=op.f("ck_holds_closed"),
        ),
        sa.ForeignKeyConstraint(["wallet_id"], ["wallets.id"], name=op.f("fk_holds_wallet_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_holds")),
        sa.UniqueConstraint("reference", name=op.f("uq_holds_reference")),
    )
    op.create_index(
        "ix_holds_open", "holds", ["expires_at"], postgresql_where=sa.text("closed_at IS NULL")
    )
    op.create_index(op.f("ix_holds_wallet_id"), "holds", ["wallet_id"])


def downgrade() -> None:
    """Takes the change back."""
    op.drop_table("holds")
