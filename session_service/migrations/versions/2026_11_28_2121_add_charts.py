"""Add charts."""

import sqlalchemy as sa
from alembic import op

revision: str = "202611282121"
down_revision: str | None = "202611282120"


def upgrade() -> None:
    """Expands the schema; the running version keeps working."""
    op.create_table(
        "charts",
        sa.Column("study_session_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("drawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("digest", sa.Text(), nullable=True),
        sa.Column("tag", sa.Text(), nullable=True),
        sa.Column("svg", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["study_session_id"], ["study_sessions.id"], name=op.f("fk_charts_study_session_id")
        ),
        sa.PrimaryKeyConstraint("study_session_id", "kind", "subject_id", name=op.f("pk_charts")),
    )
    op.create_index(op.f("ix_charts_subject_id"), "charts", ["subject_id"])


def downgrade() -> None:
    """Takes the change back."""
    op.drop_index(op.f("ix_charts_subject_id"), table_name="charts")
    op.drop_table("charts")
