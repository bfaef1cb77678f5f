"""Add wallets, and what admins do to them."""

import sqlalchemy as sa
from alembic import op

revision: str = "202611290500"
down_revision: str | None = "202611290401"


def upgrade() -> None:
    """Expands the schema; the running version keeps working."""
    op.create_table(
        "wallets",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("account_number", sa.Text(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("frozen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("frozen_by", sa.Uuid(), nullable=True),
        sa.Column("frozen_reason", sa.Text(), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.CheckConstraint("currency ~ '^[A-Z]{3}$'", name=op.f("ck_wallets_currency")),
        sa.CheckConstraint(
            "num_nulls(frozen_at, frozen_by, frozen_reason) IN (0, 3)",
            name=op.f("ck_wallets_frozen"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_wallets")),
        sa.UniqueConstraint("owner_id", "currency", name=op.f("uq_wallets_owner_id_currency")),
        sa.UniqueConstraint("account_number", name=op.f("uq_wallets_account_number")),
    )
    op.create_index(
        "ix_wallets_frozen", "wallets", ["id"], postgresql_where=sa.text("frozen_at IS NOT NULL")
    )
    op.create_table(
        "wallet_acts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("wallet_id", sa.Uuid(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("action IN ('frozen', 'thawed')", name=op.f("ck_wallet_acts_action")),
        sa.CheckConstraint(
            "action <> 'frozen' OR reason IS NOT NULL", name=op.f("ck_wallet_acts_reason")
        ),
        sa.ForeignKeyConstraint(
            ["wallet_id"], ["wallets.id"], name=op.f("fk_wallet_acts_wallet_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_wallet_acts")),
        comment="append-only",
    )
    op.create_index("ix_wallet_acts_wallet_id", "wallet_acts", ["wallet_id", "id"])
    op.execute("REVOKE UPDATE, DELETE ON wallet_acts FROM payment_app")


def downgrade() -> None:
    """Takes the change back."""
    op.drop_table("wallet_acts")
    op.drop_table("wallets")
