"""Add top-ups of wallets, and what webhooks say of them."""

import sqlalchemy as sa
from alembic import op

revision: str = "202611290502"
down_revision: str | None = "202611290501"

LIVE = "status IN ('created', 'open', 'declined')"


def upgrade() -> None:
    """Expands the schema; the running version keeps working."""
    op.create_table(
        "top_ups",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("stripe_session_id", sa.Text(), nullable=True),
        sa.Column("checkout_url", sa.Text(), nullable=True),
        sa.Column("payment_intent", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("paid_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.CheckConstraint("amount > 0", name=op.f("ck_top_ups_amount")),
        sa.CheckConstraint(
            "status IN ('created', 'open', 'declined', 'paid', 'expired', 'failed')",
            name=op.f("ck_top_ups_status"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_top_ups")),
        sa.UniqueConstraint("stripe_session_id", name=op.f("uq_top_ups_stripe_session_id")),
        sa.UniqueConstraint("payment_intent", name=op.f("uq_top_ups_payment_intent")),
    )
    op.create_index(
        "ix_top_ups_unsettled", "top_ups", ["checked_at"], postgresql_where=sa.text(LIVE)
    )
    op.create_index("ix_top_ups_owner_id", "top_ups", ["owner_id", "id"])
    op.add_column("webhooks", sa.Column("top_up_id", sa.Uuid(), nullable=True))
    op.create_index(op.f("ix_webhooks_top_up_id"), "webhooks", ["top_up_id"])
    op.create_foreign_key(
        op.f("fk_webhooks_top_up_id"), "webhooks", "top_ups", ["top_up_id"], ["id"]
    )


def downgrade() -> None:
    """Takes the change back."""
    op.drop_constraint(op.f("fk_webhooks_top_up_id"), "webhooks", type_="foreignkey")
    op.drop_index(op.f("ix_webhooks_top_up_id"), table_name="webhooks")
    op.drop_column("webhooks", "top_up_id")
    op.drop_table("top_ups")
