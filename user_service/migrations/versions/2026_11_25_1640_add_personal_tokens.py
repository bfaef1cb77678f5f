"""add personal tokens."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "202611251640"
down_revision: str | None = "202611251630"


def upgrade() -> None:
    """Expands the schema; the running version keeps working."""
    op.create_table('personal_tokens',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('account_id', sa.Uuid(), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('scopes', postgresql.ARRAY(sa.Text()), nullable=False),
    sa.Column('secret_hmac', sa.Text(), nullable=False),
    sa.Column('last_four', sa.Text(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('last_used_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('revoked_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['account_id'], ['accounts.id'], name=op.f('fk_personal_tokens_account_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_personal_tokens')),
    sa.UniqueConstraint('secret_hmac', name=op.f('uq_personal_tokens_secret_hmac'))
    )
    op.create_index(op.f('ix_personal_tokens_account_id'), 'personal_tokens', ['account_id'], unique=False)
    op.create_index(op.f('ix_personal_tokens_revoked_at'), 'personal_tokens', ['revoked_at'], unique=False)


def downgrade() -> None:
    """Takes the change back."""
    op.drop_index(op.f('ix_personal_tokens_revoked_at'), table_name='personal_tokens')
    op.drop_index(op.f('ix_personal_tokens_account_id'), table_name='personal_tokens')
    op.drop_table('personal_tokens')
