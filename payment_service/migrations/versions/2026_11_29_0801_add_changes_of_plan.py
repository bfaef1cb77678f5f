"""Add changes of plan, and what a subscription's present period is worth."""

import sqlalchemy as sa
from alembic import op

revision: str = "202611290801"
down_revision: str | None = "202611290901"

WORTH = """
    UPDATE subscriptions s SET currency = p.currency, worth = p.amount,
      whole_seconds = COALESCE(EXTRACT(EPOCH FROM s.ends_at - s.starts_at)::int, 0)
    FROM (
      SELECT DISTINCT ON (study_session_id, period) study_session_id, period, currency, amount
      FROM payments WHERE status = 'paid' ORDER BY study_session_id, period, paid_at, id
    ) AS p
    WHERE p.study_session_id = s.study_session_id AND p.period = s.period
"""
"""The first payment of a period is the one that counted; any later one went back."""


def upgrade() -> None:
    """Expands the schema; the running version keeps working."""
    op.add_column(
        "subscriptions", sa.Column("worth", sa.BigInteger(), server_default="0", nullable=False)
    )
    op.add_column("subscriptions", sa.Column("currency", sa.Text(), nullable=True))
    op.add_column(
        "subscriptions",
        sa.Column("whole_seconds", sa.Integer(), server_default="0", nullable=False),
    )
    op.execute(WORTH)
    _add_table()
    op.add_column("payments", sa.Column("plan_change_id", sa.Uuid(), nullable=True))
    op.create_foreign_key(
        op.f("fk_payments_plan_change_id"), "payments", "plan_changes", ["plan_change_id"], ["id"]
    )
    op.create_unique_constraint(op.f("uq_payments_plan_change_id"), "payments", ["plan_change_id"])


def _add_table() -> None:
    op.create_table(
        "plan_changes",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("subscription_id", sa.Uuid(), nullable=False),
        sa.Column("study_session_id", sa.Uuid(), nullable=False),
        sa.Column("tutor_id", sa.Uuid(), nullable=False),
        sa.Column("from_plan_id", sa.Uuid(), nullable=False),
        sa.Column("plan_id", sa.Uuid(), nullable=False),
        sa.Column("months", sa.Integer(), nullable=False),
        sa.Column("worth", sa.BigInteger(), nullable=False),
        sa.Column("begins", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("period", sa.Integer(), nullable=False),
        sa.Column("credit", sa.BigInteger(), nullable=False),
        sa.Column("charge", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("kept_before", sa.Integer(), nullable=False),
        sa.Column("priced_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state IN ('open', 'scheduled', 'applied', 'lapsed', 'called_off')",
            name=op.f("ck_plan_changes_state"),
        ),
        sa.CheckConstraint(
            "begins IN ('now', 'period_end')", name=op.f("ck_plan_changes_begins")
        ),
        sa.CheckConstraint("credit >= 0 AND charge >= 0", name=op.f("ck_plan_changes_sums")),
        sa.CheckConstraint(
            "state <> 'scheduled' OR begins = 'period_end'", name=op.f("ck_plan_changes_scheduled")
        ),
        *(
            sa.ForeignKeyConstraint(
                [column], [f"{table}.id"], name=op.f(f"fk_plan_changes_{column}")
            )
            for column, table in (
                ("subscription_id", "subscriptions"),
                ("study_session_id", "study_sessions"),
                ("from_plan_id", "plans"),
                ("plan_id", "plans"),
            )
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan_changes")),
    )
    op.create_index(
        "uq_plan_changes_scheduled",
        "plan_changes",
        ["subscription_id"],
        unique=True,
        postgresql_where=sa.text("state = 'scheduled'"),
    )
    op.create_index("ix_plan_changes_subscription_id", "plan_changes", ["subscription_id", "id"])
    op.create_index("ix_plan_changes_tutor_id", "plan_changes", ["tutor_id"])


def downgrade() -> None:
    """Takes the change back."""
    op.drop_constraint(op.f("uq_payments_plan_change_id"), "payments", type_="unique")
    op.drop_constraint(op.f("fk_payments_plan_change_id"), "payments", type_="foreignkey")
    op.drop_column("payments", "plan_change_id")
    op.drop_table("plan_changes")
    op.drop_column("subscriptions", "whole_seconds")
    op.drop_column("subscriptions", "currency")
    op.drop_column("subscriptions", "worth")
