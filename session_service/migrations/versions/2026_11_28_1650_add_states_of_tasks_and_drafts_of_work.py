"""Add states and late policies of tasks, extensions, and drafts of work."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision: str = "202611281650"
down_revision: str | None = "202611281645"

MOMENT = sa.DateTime(timezone=True)


def policy() -> list[sa.Column[Any]]:
    """The columns of a late policy."""
    return [
        sa.Column("grace_minutes", sa.Integer(), server_default="10", nullable=False),
        sa.Column("percent_per_day", sa.Numeric(5, 2), server_default="0", nullable=False),
        sa.Column("base", sa.Text(), server_default="earned", nullable=False),
        sa.Column("cap_percent", sa.Numeric(5, 2), server_default="100", nullable=False),
        sa.Column("cut_off_minutes", sa.Integer(), server_default="0", nullable=True),
    ]


def upgrade() -> None:
    """Expands the schema; the running version keeps working."""
    op.create_table(
        "late_policies",
        sa.Column("study_session_id", sa.Uuid(), nullable=False),
        *policy(),
        sa.ForeignKeyConstraint(
            ["study_session_id"],
            ["study_sessions.id"],
            name=op.f("fk_late_policies_study_session_id"),
        ),
        sa.PrimaryKeyConstraint("study_session_id", name=op.f("pk_late_policies")),
    )
    columns: list[sa.Column[Any]] = [
        sa.Column("category", sa.Text(), server_default="", nullable=False),
        sa.Column("state", sa.Text(), server_default="published", nullable=False),
        sa.Column("publish_at", MOMENT, nullable=True),
        sa.Column("published_at", MOMENT, nullable=True),
        sa.Column("remind_at", MOMENT, nullable=True),
        *policy(),
    ]
    for column in columns:
        op.add_column("tasks", column)
    op.execute("UPDATE tasks SET published_at = created_at")
    for name in ("publish_at", "remind_at"):
        op.create_index(
            f"ix_tasks_{name}",
            "tasks",
            [name],
            unique=False,
            postgresql_where=sa.text(f"{name} IS NOT NULL"),
        )
    op.create_table(
        "extensions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("item_id", sa.Uuid(), nullable=False),
        sa.Column("study_session_id", sa.Uuid(), nullable=False),
        sa.Column("student_id", sa.Uuid(), nullable=False),
        sa.Column("due_at", MOMENT, nullable=True),
        sa.Column("extra_time_factor", sa.Numeric(3, 2), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("remind_at", MOMENT, nullable=True),
        sa.Column("granted_by", sa.Uuid(), nullable=False),
        sa.Column("granted_at", MOMENT, nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["study_session_id"],
            ["study_sessions.id"],
            name=op.f("fk_extensions_study_session_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_extensions")),
        sa.UniqueConstraint("item_id", "student_id", name=op.f("uq_extensions_item_id_student_id")),
    )
    for name in ("study_session_id", "student_id"):
        op.create_index(op.f(f"ix_extensions_{name}"), "extensions", [name], unique=False)
    op.create_index(
        "ix_extensions_remind_at",
        "extensions",
        ["remind_at"],
        unique=False,
        postgresql_where=sa.text("remind_at IS NOT NULL"),
    )
    for column in (
        sa.Column("file_ids", sa.ARRAY(sa.Uuid()), server_default="{}", nullable=False),
        sa.Column("counted_at", MOMENT, nullable=True),
        sa.Column("client_at", MOMENT, nullable=True),
        sa.Column("returned_at", MOMENT, nullable=True),
        sa.Column("returned_by", sa.Uuid(), nullable=True),
        sa.Column("return_note", sa.Text(), server_default="", nullable=False),
    ):
        op.add_column("submissions", column)
    op.create_table(
        "submission_drafts",
        sa.Column("task_id", sa.Uuid(), nullable=False),
        sa.Column("student_id", sa.Uuid(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("file_ids", sa.ARRAY(sa.Uuid()), server_default="{}", nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("saved_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["task_id"], ["tasks.id"], name=op.f("fk_submission_drafts_task_id")
        ),
        sa.PrimaryKeyConstraint("task_id", "student_id", name=op.f("pk_submission_drafts")),
    )


def downgrade() -> None:
    """Takes the change back."""
    op.drop_table("submission_drafts")
    for name in (
        *("return_note", "returned_by", "returned_at", "client_at", "counted_at"),
        "file_ids",
    ):
        op.drop_column("submissions", name)
    op.drop_table("extensions")
    for name in ("remind_at", "publish_at"):
        op.drop_index(f"ix_tasks_{name}", table_name="tasks")
    for name in (
        *("cut_off_minutes", "cap_percent", "base", "percent_per_day", "grace_minutes"),
        *("remind_at", "published_at", "publish_at", "state", "category"),
    ):
        op.drop_column("tasks", name)
    op.drop_table("late_policies")
