"""add seats, wait lists and join codes."""

import sqlalchemy as sa
from alembic import op

revision: str = "202611281301"
down_revision: str | None = "202611281225"


def upgrade() -> None:
    """Expands the schema; the running version keeps working."""
    op.add_column('memberships', sa.Column('pre_approved', sa.Boolean(), server_default='false', nullable=False))
    op.add_column('memberships', sa.Column('waiting_number', sa.Integer(), nullable=True))
    op.add_column('memberships', sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True))
    op.add_column('memberships', sa.Column('reason', sa.Text(), nullable=True))
    op.create_index('ix_memberships_seats', 'memberships', ['study_session_id', 'state', 'waiting_number'], unique=False)
    op.create_table('join_codes',
    sa.Column('study_session_id', sa.Uuid(), nullable=False),
    sa.Column('code', sa.Text(), nullable=True),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('use_limit', sa.Integer(), nullable=True),
    sa.Column('uses', sa.Integer(), nullable=False),
    sa.Column('rotated_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['study_session_id'], ['study_sessions.id'], name=op.f('fk_join_codes_study_session_id')),
    sa.PrimaryKeyConstraint('study_session_id', name=op.f('pk_join_codes')),
    sa.UniqueConstraint('code', name=op.f('uq_join_codes_code'))
    )


def downgrade() -> None:
    """Takes the change back."""
    op.drop_table('join_codes')
    op.drop_index('ix_memberships_seats', table_name='memberships')
    op.drop_column('memberships', 'reason')
    op.drop_column('memberships', 'ended_at')
    op.drop_column('memberships', 'waiting_number')
    op.drop_column('memberships', 'pre_approved')
