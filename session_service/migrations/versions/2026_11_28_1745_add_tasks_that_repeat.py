"""Add tasks that repeat."""

import sqlalchemy as sa
from alembic import op

revision: str = "202611281745"
down_revision: str | None = "202611281740"

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Expands the schema; the running version keeps working."""
    op.create_table(
        "task_series",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("study_session_id", sa.Uuid(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("points", sa.Numeric(7, 2), nullable=False),
        sa.Column("category", sa.Text(), nullable=False),
        sa.Column("local_due", sa.DateTime(), nullable=False),
        sa.Column("zone", sa.Text(), nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("lead_minutes", sa.Integer(), nullable=False),
        sa.Column("next_due", sa.DateTime(), nullable=True),
        sa.Column("next_publish_at", MOMENT, nullable=True),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("ended_at", MOMENT, nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("grace_minutes", sa.Integer(), server_default="10", nullable=False),
        sa.Column("percent_per_day", sa.Numeric(5, 2), server_default="0", nullable=False),
        sa.Column("base", sa.Text(), server_default="earned", nullable=False),
        sa.Column("cap_percent", sa.Numeric(5, 2), server_default="100", nullable=False),
        sa.Column("cut_off_minutes", sa.Integer(), server_default="0", nullable=True),
        sa.ForeignKeyConstraint(
            ["study_session_id"],
            ["study_sessions.id"],
            name=op.f("fk_task_series_study_session_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_task_series")),
    )
    op.create_index(
        op.f("ix_task_series_study_session_id"), "task_series", ["study_session_id"], unique=False
    )
    op.create_index(
        "ix_task_series_next_publish_at",
        "task_series",
        ["next_publish_at"],
        unique=False,
        postgresql_where=sa.text("next_publish_at IS NOT NULL"),
    )
    op.add_column("tasks", sa.Column("task_series_id", sa.Uuid(), nullable=True))


def downgrade() -> None:
    """Takes the change back."""
    op.drop_column("tasks", "task_series_id")
    op.drop_table("task_series")
