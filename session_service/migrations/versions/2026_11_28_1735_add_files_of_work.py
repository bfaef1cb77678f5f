"""Add files of tasks and of the work on them."""

import sqlalchemy as sa
from alembic import op

revision: str = "202611281735"
down_revision: str | None = "202611281710"

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Expands the schema; the running version keeps working."""
    op.create_table(
        "work_files",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("task_id", sa.Uuid(), nullable=True),
        sa.Column("study_session_id", sa.Uuid(), nullable=False),
        sa.Column("student_id", sa.Uuid(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("content_type", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=True),
        sa.Column("refusal", sa.Text(), nullable=True),
        sa.Column("uploaded_by", sa.Uuid(), nullable=False),
        sa.Column("asked_at", MOMENT, nullable=False),
        sa.Column("completed_at", MOMENT, nullable=True),
        sa.Column("handed_in_at", MOMENT, nullable=True),
        sa.Column("swept_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(
            ["study_session_id"],
            ["study_sessions.id"],
            name=op.f("fk_work_files_study_session_id"),
        ),
        sa.ForeignKeyConstraint(
            ["task_id"], ["tasks.id"], name=op.f("fk_work_files_task_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_work_files")),
    )
    op.create_index(
        "ix_work_files_task_id", "work_files", ["task_id", "student_id"], unique=False
    )
    for name in ("study_session_id", "student_id"):
        op.create_index(op.f(f"ix_work_files_{name}"), "work_files", [name], unique=False)
    op.create_index(
        "ix_work_files_unswept",
        "work_files",
        ["asked_at"],
        unique=False,
        postgresql_where=sa.text("swept_at IS NULL"),
    )


def downgrade() -> None:
    """Takes the change back."""
    op.drop_table("work_files")
