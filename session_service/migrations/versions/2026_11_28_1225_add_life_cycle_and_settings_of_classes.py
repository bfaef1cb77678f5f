"""add life cycle and settings of classes."""

import sqlalchemy as sa
from alembic import op

revision: str = "202611281225"
down_revision: str | None = "202611281219"


def upgrade() -> None:
    """Expands the schema; the running version keeps working."""
    op.add_column("study_sessions", sa.Column("rejected_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("study_sessions", sa.Column("rejected_by", sa.Uuid(), nullable=True))
    op.add_column("study_sessions", sa.Column("rejection_reason", sa.Text(), server_default="", nullable=False))
    op.add_column("study_sessions", sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("study_sessions", sa.Column("capacity", sa.Integer(), nullable=True))
    op.add_column("study_sessions", sa.Column("admission", sa.Text(), server_default="approve", nullable=False))
    op.add_column("study_sessions", sa.Column("attendance_percent", sa.Integer(), server_default="75", nullable=False))
    op.add_column("study_sessions", sa.Column("late_minutes", sa.Integer(), server_default="10", nullable=False))
    op.add_column("study_sessions", sa.Column("early_minutes", sa.Integer(), server_default="10", nullable=False))


def downgrade() -> None:
    """Takes the change back."""
    op.drop_column("study_sessions", "early_minutes")
    op.drop_column("study_sessions", "late_minutes")
    op.drop_column("study_sessions", "attendance_percent")
    op.drop_column("study_sessions", "admission")
    op.drop_column("study_sessions", "capacity")
    op.drop_column("study_sessions", "ended_at")
    op.drop_column("study_sessions", "rejection_reason")
    op.drop_column("study_sessions", "rejected_by")
    op.drop_column("study_sessions", "rejected_at")
