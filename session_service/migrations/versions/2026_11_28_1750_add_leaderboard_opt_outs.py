"""Add leaderboard opt-outs."""

import sqlalchemy as sa
from alembic import op

revision: str = "202611281750"
down_revision: str | None = "202611281745"


def upgrade() -> None:
    """Expands the schema; the running version keeps working."""
    op.create_table(
        "leaderboard_opt_outs",
        sa.Column("study_session_id", sa.Uuid(), nullable=False),
        sa.Column("student_id", sa.Uuid(), nullable=False),
        sa.Column("opted_out_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["study_session_id"],
            ["study_sessions.id"],
            name=op.f("fk_leaderboard_opt_outs_study_session_id"),
        ),
        sa.PrimaryKeyConstraint(
            "study_session_id", "student_id", name=op.f("pk_leaderboard_opt_outs")
        ),
    )
    op.create_index(
        op.f("ix_leaderboard_opt_outs_student_id"), "leaderboard_opt_outs", ["student_id"]
    )


def downgrade() -> None:
    """Takes the change back."""
    op.drop_index(op.f("ix_leaderboard_opt_outs_student_id"), table_name="leaderboard_opt_outs")
    op.drop_table("leaderboard_opt_outs")
