"""Add what is known of the money of rejected classes."""

import sqlalchemy as sa
from alembic import op

revision: str = "202611281440"
down_revision: str | None = "202611281430"


def upgrade() -> None:
    """Expands the schema; the running version keeps working."""
    op.create_table(
        "class_refunds",
        sa.Column("payment_id", sa.Uuid(), nullable=False),
        sa.Column("refund_id", sa.Uuid(), nullable=False),
        sa.Column("study_session_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["study_session_id"],
            ["study_sessions.id"],
            name=op.f("fk_class_refunds_study_session_id"),
        ),
        sa.PrimaryKeyConstraint("payment_id", name=op.f("pk_class_refunds")),
    )
    op.create_index(
        op.f("ix_class_refunds_study_session_id"),
        "class_refunds",
        ["study_session_id"],
        unique=False,
    )
    op.create_table(
        "rejection_answers",
        sa.Column("study_session_id", sa.Uuid(), nullable=False),
        sa.Column("refunds", sa.Integer(), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["study_session_id"],
            ["study_sessions.id"],
            name=op.f("fk_rejection_answers_study_session_id"),
        ),
        sa.PrimaryKeyConstraint("study_session_id", name=op.f("pk_rejection_answers")),
    )


def downgrade() -> None:
    """Takes the change back."""
    op.drop_table("rejection_answers")
    op.drop_index(op.f("ix_class_refunds_study_session_id"), table_name="class_refunds")
    op.drop_table("class_refunds")
