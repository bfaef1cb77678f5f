"""add purposes to codes, and an index of old password hashes."""

import sqlalchemy as sa
from alembic import op

revision: str = "202611251600"
down_revision: str | None = "202611251550"


def upgrade() -> None:
    """Expands the schema; the running version keeps working."""
    for table in ('mailed_codes', 'grants'):
        op.add_column(table, sa.Column('purpose', sa.Text(), server_default='sign_up', nullable=False))
        op.add_column(table, sa.Column('account_id', sa.Uuid(), nullable=True))
        op.create_foreign_key(op.f(f'fk_{table}_account_id'), table, 'accounts', ['account_id'], ['id'], ondelete='CASCADE')
        op.create_index(op.f(f'ix_{table}_account_id'), table, ['account_id'], unique=False)
    op.add_column('mailed_codes', sa.Column('locale', sa.Text(), server_default='en', nullable=False))
    op.create_index('ix_accounts_legacy', 'accounts', ['id'], unique=False, postgresql_where=sa.text("starts_with(password_hash, 'pbkdf2_sha256$')"))


def downgrade() -> None:
    """Takes the change back."""
    op.drop_index('ix_accounts_legacy', table_name='accounts')
    op.drop_column('mailed_codes', 'locale')
    for table in ('grants', 'mailed_codes'):
        op.drop_index(op.f(f'ix_{table}_account_id'), table_name=table)
        op.drop_constraint(op.f(f'fk_{table}_account_id'), table, type_='foreignkey')
        op.drop_column(table, 'account_id')
        op.drop_column(table, 'purpose')
