"""Add disputes, and what stands still while there are some."""

import sqlalchemy as sa
from alembic import op

revision: str = "202611290701"
down_revision: str | None = "202611290602"

UNENDED = "state IN ('inquiry', 'open')"


def upgrade() -> None:
    """Expands the schema; the running version keeps working."""
    op.create_table(
        "disputes",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("stripe_dispute_id", sa.Text(), nullable=False),
        sa.Column("payment_id", sa.Uuid(), nullable=True),
        sa.Column("top_up_id", sa.Uuid(), nullable=True),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("taken", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("respond_by", sa.DateTime(timezone=True), nullable=True),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "amount > 0 AND taken BETWEEN 0 AND amount", name=op.f("ck_disputes_amount")
        ),
        sa.CheckConstraint(
            "num_nonnulls(payment_id, top_up_id) = 1", name=op.f("ck_disputes_about_one")
        ),
        sa.CheckConstraint(
            "state IN ('inquiry', 'open', 'won', 'lost', 'closed')",
            name=op.f("ck_disputes_state"),
        ),
        sa.ForeignKeyConstraint(
            ["payment_id"], ["payments.id"], name=op.f("fk_disputes_payment_id")
        ),
        sa.ForeignKeyConstraint(["top_up_id"], ["top_ups.id"], name=op.f("fk_disputes_top_up_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_disputes")),
        sa.UniqueConstraint("stripe_dispute_id", name=op.f("uq_disputes_stripe_dispute_id")),
    )
    op.create_index(
        "ix_disputes_unended", "disputes", ["checked_at"], postgresql_where=sa.text(UNENDED)
    )
    op.create_index("ix_disputes_owner_id", "disputes", ["owner_id", "id"])
    op.create_index(op.f("ix_disputes_payment_id"), "disputes", ["payment_id"])
    op.create_index(op.f("ix_disputes_top_up_id"), "disputes", ["top_up_id"])
    for table in ("payments", "wallets"):
        op.add_column(
            table, sa.Column("disputes", sa.Integer(), server_default="0", nullable=False)
        )
        op.create_check_constraint(op.f(f"ck_{table}_disputes"), table, "disputes >= 0")
    op.add_column(
        "subscriptions", sa.Column("lost", sa.Boolean(), server_default="false", nullable=False)
    )


def downgrade() -> None:
    """Takes the change back."""
    op.drop_column("subscriptions", "lost")
    for table in ("payments", "wallets"):
        op.drop_column(table, "disputes")
    op.drop_table("disputes")
