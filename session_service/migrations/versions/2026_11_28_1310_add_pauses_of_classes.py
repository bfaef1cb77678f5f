"""add pauses of classes."""

import sqlalchemy as sa
from alembic import op

revision: str = "202611281310"
down_revision: str | None = "202611281330"


def upgrade() -> None:
    """Expands the schema; the running version keeps working."""
    op.add_column("study_sessions", sa.Column("paused_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("study_sessions", sa.Column("paused_for", sa.ARRAY(sa.Text()), server_default="{}", nullable=False))
    op.add_column("study_sessions", sa.Column("kept_from", sa.DateTime(timezone=True), nullable=True))
    op.add_column("study_sessions", sa.Column("kept_seconds", sa.Integer(), server_default="0", nullable=False))
    op.create_table('owner_holds',
    sa.Column('account_id', sa.Uuid(), nullable=False),
    sa.Column('cause', sa.Text(), nullable=False),
    sa.Column('holds', sa.Boolean(), nullable=False),
    sa.Column('revision', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('account_id', 'cause', name=op.f('pk_owner_holds'))
    )


def downgrade() -> None:
    """Takes the change back."""
    op.drop_table('owner_holds')
    op.drop_column("study_sessions", "kept_seconds")
    op.drop_column("study_sessions", "kept_from")
    op.drop_column("study_sessions", "paused_for")
    op.drop_column("study_sessions", "paused_at")
