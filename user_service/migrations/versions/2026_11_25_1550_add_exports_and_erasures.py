"""add exports and erasures."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "202611251550"
down_revision: str | None = "202611251540"


def upgrade() -> None:
    """Expands the schema; the running version keeps working."""
    op.create_table('erasures',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('account_id', sa.Uuid(), nullable=False),
    sa.Column('requested_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('due_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('reminded_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('undone_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('erased_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('sent_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('finished_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['account_id'], ['accounts.id'], name=op.f('fk_erasures_account_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_erasures'))
    )
    op.create_index('ix_erasures_open', 'erasures', ['due_at'], unique=False, postgresql_where=sa.text('undone_at IS NULL AND finished_at IS NULL'))
    op.create_index('uq_erasures_live', 'erasures', ['account_id'], unique=True, postgresql_where=sa.text('undone_at IS NULL'))
    op.create_table('exports',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('account_id', sa.Uuid(), nullable=False),
    sa.Column('folder', sa.Uuid(), nullable=False),
    sa.Column('state', sa.Text(), nullable=False),
    sa.Column('requested_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('asked_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('asked', sa.Integer(), nullable=False),
    sa.Column('ready_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('size', sa.BigInteger(), nullable=True),
    sa.Column('failed', postgresql.ARRAY(sa.Text()), nullable=False),
    sa.ForeignKeyConstraint(['account_id'], ['accounts.id'], name=op.f('fk_exports_account_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_exports'))
    )
    op.create_index('ix_exports_account_id', 'exports', ['account_id', 'requested_at'], unique=False)
    op.create_index('ix_exports_state', 'exports', ['state', 'requested_at'], unique=False)
    op.create_index('uq_exports_running', 'exports', ['account_id'], unique=True, postgresql_where=sa.text("state = 'collecting'"))
    op.create_table('holds',
    sa.Column('account_id', sa.Uuid(), nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('set_by', sa.Uuid(), nullable=False),
    sa.Column('set_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['account_id'], ['accounts.id'], name=op.f('fk_holds_account_id')),
    sa.PrimaryKeyConstraint('account_id', name=op.f('pk_holds'))
    )
    op.create_table('erasure_reports',
    sa.Column('erasure_id', sa.Uuid(), nullable=False),
    sa.Column('service', sa.Text(), nullable=False),
    sa.Column('counts', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('confirmed_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['erasure_id'], ['erasures.id'], name=op.f('fk_erasure_reports_erasure_id')),
    sa.PrimaryKeyConstraint('erasure_id', 'service', name=op.f('pk_erasure_reports'))
    )
    op.create_table('export_parts',
    sa.Column('export_id', sa.Uuid(), nullable=False),
    sa.Column('service', sa.Text(), nullable=False),
    sa.Column('sha256', sa.Text(), nullable=False),
    sa.Column('size', sa.BigInteger(), nullable=False),
    sa.Column('received_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['export_id'], ['exports.id'], name=op.f('fk_export_parts_export_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('export_id', 'service', name=op.f('pk_export_parts'))
    )
    op.add_column('accounts', sa.Column('erasure_due_at', sa.DateTime(timezone=True), nullable=True))
    op.add_column('accounts', sa.Column('erased_at', sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    """Takes the change back."""
    op.drop_column('accounts', 'erased_at')
    op.drop_column('accounts', 'erasure_due_at')
    op.drop_table('export_parts')
    op.drop_table('erasure_reports')
    op.drop_table('holds')
    op.drop_index('uq_exports_running', table_name='exports', postgresql_where=sa.text("state = 'collecting'"))
    op.drop_index('ix_exports_state', table_name='exports')
    op.drop_index('ix_exports_account_id', table_name='exports')
    op.drop_table('exports')
    op.drop_index('uq_erasures_live', table_name='erasures', postgresql_where=sa.text('undone_at IS NULL'))
    op.drop_index('ix_erasures_open', table_name='erasures', postgresql_where=sa.text('undone_at IS NULL AND finished_at IS NULL'))
    op.drop_table('erasures')
