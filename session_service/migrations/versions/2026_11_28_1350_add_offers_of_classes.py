"""add offers of classes."""

import sqlalchemy as sa
from alembic import op

revision: str = "202611281350"
down_revision: str | None = "202611281310"


def upgrade() -> None:
    """Expands the schema; the running version keeps working."""
    op.add_column("people", sa.Column("role", sa.Text(), server_default="", nullable=False))
    op.create_table('owner_offers',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('study_session_id', sa.Uuid(), nullable=False),
    sa.Column('offered_by', sa.Uuid(), nullable=False),
    sa.Column('by_admin', sa.Boolean(), nullable=False),
    sa.Column('to_id', sa.Uuid(), nullable=False),
    sa.Column('to_code', sa.Text(), nullable=False),
    sa.Column('state', sa.Text(), nullable=False),
    sa.Column('offered_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('answered_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('revision', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['study_session_id'], ['study_sessions.id'], name=op.f('fk_owner_offers_study_session_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_owner_offers'))
    )
    op.create_index(op.f('ix_owner_offers_study_session_id'), 'owner_offers', ['study_session_id'], unique=False)
    op.create_index(op.f('ix_owner_offers_to_id'), 'owner_offers', ['to_id'], unique=False)
    op.create_index('uq_owner_offers_open', 'owner_offers', ['study_session_id'], unique=True, postgresql_where=sa.text("state = 'open'"))


def downgrade() -> None:
    """Takes the change back."""
    op.drop_table('owner_offers')
    op.drop_column("people", "role")
