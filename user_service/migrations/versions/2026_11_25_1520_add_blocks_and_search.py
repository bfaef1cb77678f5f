"""add blocks and search."""

import sqlalchemy as sa
from alembic import op

revision: str = "202611251520"
down_revision: str | None = "202611251511"

SEARCHED = (
    "lower(regexp_replace(normalize(username || chr(10) || email || chr(10) || first_name || ' '::text || last_name "
    "|| chr(10) || user_code, NFKD), '[\\u0300-\\u036f]'::text, ''::text, 'g'::text) COLLATE pg_c_utf8)"
)


def upgrade() -> None:
    """Expands the schema; the running version keeps working."""
    op.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
    op.add_column('accounts', sa.Column('blocked_until', sa.DateTime(timezone=True), nullable=True))
    op.add_column('accounts', sa.Column('block_reason', sa.Text(), nullable=True))
    op.add_column('accounts', sa.Column('searched', sa.Text(), sa.Computed(SEARCHED, persisted=True), nullable=False))
    op.create_index('ix_accounts_searched', 'accounts', ['searched'], unique=False, postgresql_using='gin', postgresql_ops={'searched': 'gin_trgm_ops'})
    op.create_index('ix_accounts_blocked', 'accounts', ['id'], unique=False, postgresql_where=sa.text('blocked_at IS NOT NULL'))
    op.create_index('ix_accounts_blocked_until', 'accounts', ['blocked_until'], unique=False, postgresql_where=sa.text('blocked_until IS NOT NULL'))
    op.create_index('ix_audit_entries_of_actor', 'audit_entries', ['actor_id', 'id'], unique=False)
    op.create_index('ix_audit_entries_of_subject', 'audit_entries', ['subject_id', 'id'], unique=False)
    op.create_index('ix_audit_entries_of_action', 'audit_entries', ['action', 'id'], unique=False)
    op.drop_index('ix_audit_entries_actor_id', table_name='audit_entries')
    op.drop_index('ix_audit_entries_subject_id', table_name='audit_entries')


def downgrade() -> None:
    """Takes the change back."""
    op.create_index('ix_audit_entries_subject_id', 'audit_entries', ['subject_id'], unique=False)
    op.create_index('ix_audit_entries_actor_id', 'audit_entries', ['actor_id'], unique=False)
    op.drop_index('ix_audit_entries_of_action', table_name='audit_entries')
    op.drop_index('ix_audit_entries_of_subject', table_name='audit_entries')
    op.drop_index('ix_audit_entries_of_actor', table_name='audit_entries')
    op.drop_index('ix_accounts_blocked_until', table_name='accounts')
    op.drop_index('ix_accounts_blocked', table_name='accounts')
    op.drop_index('ix_accounts_searched', table_name='accounts')
    op.drop_column('accounts', 'searched')
    op.drop_column('accounts', 'block_reason')
    op.drop_column('accounts', 'blocked_until')
