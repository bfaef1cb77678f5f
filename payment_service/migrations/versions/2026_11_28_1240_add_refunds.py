"""Add refunds, and what is known of rejected classes."""

import sqlalchemy as sa
from alembic import op

revision: str = "202611281240"
down_revision: str | None = "202611281219"


def upgrade() -> None:
    """Expands the schema; the running version keeps working."""
    op.add_column(
        "study_sessions", sa.Column("rejected_at", sa.DateTime(timezone=True), nullable=True)
    )
    op.create_table(
        "refunds",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("payment_id", sa.Uuid(), nullable=False),
        sa.Column("study_session_id", sa.Uuid(), nullable=False),
        sa.Column("tutor_id", sa.Uuid(), nullable=False),
        sa.Column("payment_intent", sa.Text(), nullable=True),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("stripe_refund_id", sa.Text(), nullable=True),
        sa.Column("failure", sa.Text(), nullable=True),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.CheckConstraint("amount > 0", name=op.f("ck_refunds_amount")),
        sa.CheckConstraint(
            "state IN ('requested', 'sent', 'succeeded', 'failed')", name=op.f("ck_refunds_state")
        ),
        sa.ForeignKeyConstraint(
            ["payment_id"], ["payments.id"], name=op.f("fk_refunds_payment_id")
        ),
        sa.ForeignKeyConstraint(
            ["study_session_id"], ["study_sessions.id"], name=op.f("fk_refunds_study_session_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_refunds")),
        sa.UniqueConstraint("payment_id", name=op.f("uq_refunds_payment_id")),
        sa.UniqueConstraint("payment_intent", name=op.f("uq_refunds_payment_intent")),
        sa.UniqueConstraint("stripe_refund_id", name=op.f("uq_refunds_stripe_refund_id")),
    )
    op.create_index(
        "ix_refunds_open",
        "refunds",
        ["checked_at"],
        unique=False,
        postgresql_where=sa.text("state IN ('requested', 'sent')"),
    )
    op.create_index(
        "ix_refunds_unsettled",
        "refunds",
        ["id"],
        unique=False,
        postgresql_where=sa.text("state <> 'succeeded'"),
    )
    op.create_index(
        "ix_refunds_study_session_id", "refunds", ["study_session_id", "id"], unique=False
    )
    op.add_column("webhooks", sa.Column("refund_id", sa.Uuid(), nullable=True))
    op.create_index(op.f("ix_webhooks_refund_id"), "webhooks", ["refund_id"], unique=False)
    op.create_foreign_key(
        op.f("fk_webhooks_refund_id"), "webhooks", "refunds", ["refund_id"], ["id"]
    )


def downgrade() -> None:
    """Takes the change back."""
    op.drop_constraint(op.f("fk_webhooks_refund_id"), "webhooks", type_="foreignkey")
    op.drop_index(op.f("ix_webhooks_refund_id"), table_name="webhooks")
    op.drop_column("webhooks", "refund_id")
    op.drop_index("ix_refunds_study_session_id", table_name="refunds")
    op.drop_index(
        "ix_refunds_unsettled",
        table_name="refunds",
        postgresql_where=sa.text("state <> 'succeeded'"),
    )
    op.drop_index(
        "ix_refunds_open",
        table_name="refunds",
        postgresql_where=sa.text("state IN ('requested', 'sent')"),
    )
    op.drop_table("refunds")
    op.drop_column("study_sessions", "rejected_at")
