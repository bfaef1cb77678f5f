"""Add periods and states of subscriptions."""

import sqlalchemy as sa
from alembic import op

revision: str = "202611290200"
down_revision: str | None = "202611290110"

INSTANTS = ("starts_at", "renewable_from", "ends_at", "suspends_at", "expires_at", "due_at")
DATES = """
UPDATE subscriptions SET
    state = 'active', anchor_on = begun.on_date, anchor_months = subscriptions.months,
    starts_at = now(), due_at = now(),
    renewable_from = (begun.ends_on - 30)::timestamp AT TIME ZONE zone,
    ends_at = begun.ends_on::timestamp AT TIME ZONE zone,
    suspends_at = (begun.ends_on + 7)::timestamp AT TIME ZONE zone,
    expires_at = (begun.ends_on + 37)::timestamp AT TIME ZONE zone
FROM (
    SELECT subscriptions.id, (now() AT TIME ZONE zone)::date AS on_date,
        ((now() AT TIME ZONE zone)::date + make_interval(months => months))::date AS ends_on
    FROM subscriptions JOIN study_sessions ON study_sessions.id = study_session_id
    WHERE study_sessions.state = 'active'
) AS begun
WHERE begun.id = subscriptions.id
"""
"""Nobody was told until now when a period ends: those of open classes begin today."""


def upgrade() -> None:
    """Expands the schema; the running version keeps working."""
    _of_classes()
    op.add_column(
        "payments", sa.Column("period", sa.Integer(), server_default="1", nullable=False)
    )
    for name, kind, default in (
        ("state", sa.Text(), "pending"),
        ("period", sa.Integer(), "1"),
        ("zone", sa.Text(), "Asia/Kolkata"),
        ("anchor_months", sa.Integer(), "0"),
        ("kept_before", sa.Integer(), "0"),
        ("noticed", sa.Integer(), "0"),
        ("revision", sa.Integer(), "1"),
    ):
        column = sa.Column(name, kind, server_default=default, nullable=False)
        op.add_column("subscriptions", column)
    op.add_column("subscriptions", sa.Column("anchor_on", sa.Date(), nullable=True))
    for name in INSTANTS:
        op.add_column("subscriptions", sa.Column(name, sa.DateTime(timezone=True), nullable=True))
    op.execute(DATES)
    op.create_check_constraint(
        op.f("ck_subscriptions_state"),
        "subscriptions",
        "state IN ('pending', 'active', 'past_due', 'suspended', 'expired')",
    )
    op.create_check_constraint(
        op.f("ck_subscriptions_begun"), "subscriptions", "state = 'pending' OR ends_at IS NOT NULL"
    )
    op.create_index("ix_subscriptions_due_at", "subscriptions", ["due_at"], unique=False)


def _of_classes() -> None:
    op.add_column(
        "study_sessions", sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True)
    )
    op.add_column(
        "study_sessions",
        sa.Column("keeps_time", sa.Boolean(), server_default=sa.false(), nullable=False),
    )
    op.add_column(
        "study_sessions",
        sa.Column("kept_seconds", sa.Integer(), server_default="0", nullable=False),
    )
    op.create_index("ix_study_sessions_tutor_id", "study_sessions", ["tutor_id"], unique=False)


def downgrade() -> None:
    """Takes the change back."""
    op.drop_index("ix_subscriptions_due_at", table_name="subscriptions")
    op.drop_constraint(op.f("ck_subscriptions_begun"), "subscriptions", type_="check")
    op.drop_constraint(op.f("ck_subscriptions_state"), "subscriptions", type_="check")
    for name in (
        *reversed(INSTANTS), "anchor_on", "revision", "noticed", "kept_before", "anchor_months",
        "zone", "period", "state",
    ):  # fmt: skip
        op.drop_column("subscriptions", name)
    op.drop_column("payments", "period")
    op.drop_index("ix_study_sessions_tutor_id", table_name="study_sessions")
    for name in ("kept_seconds", "keeps_time", "ended_at"):
        op.drop_column("study_sessions", name)
