"""Keep disputes, and what they forbid."""

import sqlalchemy as sa
from alembic import op

revision: str = "202611290701"
down_revision: str | None = "202611290602"

STATES = "'inquiry', 'inquiry_answered', 'open', 'answered', 'dropped', 'won', 'lost'"


def upgrade() -> None:
    """Expands the schema; the running version knows of no disputes."""
    no = sa.text("false")
    op.add_column("payments", sa.Column("disputed", sa.Boolean(), server_default=no, nullable=False))
    op.add_column("wallets", sa.Column("disputes", sa.Integer(), server_default="0", nullable=False))
    op.create_check_constraint(op.f("ck_wallets_disputes"), "wallets", "disputes >= 0")
    at = sa.DateTime(timezone=True)
    op.create_table(
        "disputes",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("stripe_dispute_id", sa.Text(), nullable=False),
        sa.Column("payment_id", sa.Uuid(), nullable=True),
        sa.Column("top_up_id", sa.Uuid(), nullable=True),
        sa.Column("payer_id", sa.Uuid(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("due_at", at, nullable=True),
        sa.Column("opened_at", at, nullable=False),
        sa.Column("withdrawn_at", at, nullable=True),
        sa.Column("closed_at", at, nullable=True),
        sa.Column("taken", sa.BigInteger(), nullable=True),
        sa.Column("freezes", sa.Boolean(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.CheckConstraint("amount > 0", name=op.f("ck_disputes_amount")),
        sa.CheckConstraint(
            "num_nonnulls(payment_id, top_up_id) = 1", name=op.f("ck_disputes_target")
        ),
        sa.CheckConstraint("taken BETWEEN 0 AND amount", name=op.f("ck_disputes_taken")),
        sa.CheckConstraint(f"state IN ({STATES})", name=op.f("ck_disputes_state")),
        sa.ForeignKeyConstraint(
            ["payment_id"], ["payments.id"], name=op.f("fk_disputes_payment_id")
        ),
        sa.ForeignKeyConstraint(["top_up_id"], ["top_ups.id"], name=op.f("fk_disputes_top_up_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_disputes")),
        sa.UniqueConstraint("stripe_dispute_id", name=op.f("uq_disputes_stripe_dispute_id")),
    )
    op.create_index("ix_disputes_payment_id", "disputes", ["payment_id"])
    op.create_index("ix_disputes_top_up_id", "disputes", ["top_up_id"])
    op.create_index(
        "ix_disputes_unanswered", "disputes", ["id"], postgresql_where=sa.text("closed_at IS NULL")
    )


def downgrade() -> None:
    """Takes the change back."""
    op.drop_table("disputes")
    op.drop_column("wallets", "disputes")
    op.drop_column("payments", "disputed")
