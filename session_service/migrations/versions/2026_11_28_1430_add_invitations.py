"""add invitations."""

import sqlalchemy as sa
from alembic import op

revision: str = "202611281430"
down_revision: str | None = "202611281256"


def upgrade() -> None:
    """Expands the schema; the running version keeps working."""
    op.create_table('invitations',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('study_session_id', sa.Uuid(), nullable=False),
    sa.Column('token_hmac', sa.Text(), nullable=False),
    sa.Column('pre_approved', sa.Boolean(), nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('use_limit', sa.Integer(), nullable=True),
    sa.Column('uses', sa.Integer(), nullable=False),
    sa.Column('created_by', sa.Uuid(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('revoked_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['study_session_id'], ['study_sessions.id'], name=op.f('fk_invitations_study_session_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_invitations')),
    sa.UniqueConstraint('token_hmac', name=op.f('uq_invitations_token_hmac'))
    )
    op.create_index(op.f('ix_invitations_study_session_id'), 'invitations', ['study_session_id'], unique=False)


def downgrade() -> None:
    """Takes the change back."""
    op.drop_index(op.f('ix_invitations_study_session_id'), table_name='invitations')
    op.drop_table('invitations')
