"""first tables."""

import sqlalchemy as sa
from alembic import op

from libs.outbox import NOTIFY_TRIGGER

revision: str = "202611222109"
down_revision: str | None = None


def upgrade() -> None:
    """Expands the schema; the running version keeps working."""
    op.create_table('accounts',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('user_code', sa.Text(), nullable=False),
    sa.Column('username', sa.Text(), nullable=False),
    sa.Column('username_key', sa.Text(), nullable=False),
    sa.Column('email', sa.Text(), nullable=False),
    sa.Column('email_key', sa.Text(), nullable=False),
    sa.Column('first_name', sa.Text(), nullable=False),
    sa.Column('last_name', sa.Text(), nullable=False),
    sa.Column('role', sa.Text(), nullable=False),
    sa.Column('locale', sa.Text(), nullable=False),
    sa.Column('zone', sa.Text(), nullable=False),
    sa.Column('password_hash', sa.Text(), nullable=True),
    sa.Column('blocked_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('revision', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_accounts')),
    sa.UniqueConstraint('email_key', name=op.f('uq_accounts_email_key')),
    sa.UniqueConstraint('user_code', name=op.f('uq_accounts_user_code')),
    sa.UniqueConstraint('username_key', name=op.f('uq_accounts_username_key'))
    )
    op.create_table('grants',
    sa.Column('token_hmac', sa.Text(), nullable=False),
    sa.Column('email', sa.Text(), nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('used_at', sa.DateTime(timezone=True), nullable=True),
    sa.PrimaryKeyConstraint('token_hmac', name=op.f('pk_grants'))
    )
    op.create_table('mailed_codes',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('email', sa.Text(), nullable=False),
    sa.Column('email_key', sa.Text(), nullable=False),
    sa.Column('code_hmac', sa.Text(), nullable=True),
    sa.Column('tries', sa.Integer(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('used_at', sa.DateTime(timezone=True), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_mailed_codes'))
    )
    op.create_index(op.f('ix_mailed_codes_email_key'), 'mailed_codes', ['email_key'], unique=False)
    op.create_table('signing_keys',
    sa.Column('kid', sa.Text(), nullable=False),
    sa.Column('sealed_private_pem', sa.Text(), nullable=False),
    sa.Column('active_from', sa.DateTime(timezone=True), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('kid', name=op.f('pk_signing_keys'))
    )
    op.create_index(op.f('ix_signing_keys_active_from'), 'signing_keys', ['active_from'], unique=False)
    op.create_table('logins',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('account_id', sa.Uuid(), nullable=False),
    sa.Column('device', sa.Text(), nullable=False),
    sa.Column('generation', sa.Integer(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('rotated_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('revoked_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['account_id'], ['accounts.id'], name=op.f('fk_logins_account_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_logins'))
    )
    op.create_index(op.f('ix_logins_account_id'), 'logins', ['account_id'], unique=False)
    op.create_index(op.f('ix_logins_revoked_at'), 'logins', ['revoked_at'], unique=False)
    op.create_table('inbox',
    sa.Column('consumer', sa.Text(), nullable=False),
    sa.Column('event_id', sa.Uuid(), nullable=False),
    sa.Column('received_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('consumer', 'event_id', name=op.f('pk_inbox'))
    )
    op.create_index('ix_inbox_received_at', 'inbox', ['received_at'], unique=False)
    op.create_table('outbox',
    sa.Column('seq', sa.BigInteger(), sa.Identity(always=True), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('destination', sa.Text(), nullable=False),
    sa.Column('address', sa.Text(), nullable=False, comment="Kafka topic without prefix, or the job's type"),
    sa.Column('key', sa.Text(), nullable=False),
    sa.Column('shard', sa.SmallInteger(), nullable=False),
    sa.Column('body', sa.Text(), nullable=False),
    sa.Column('traceparent', sa.Text(), server_default='', nullable=False),
    sa.Column('attempts', sa.Integer(), server_default='0', nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('due_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('sent_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('closed_at', sa.DateTime(timezone=True), nullable=True, comment='when the job itself said that it is done'),
    sa.Column('dead_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('error', sa.Text(), nullable=True),
    sa.PrimaryKeyConstraint('seq', name=op.f('pk_outbox')),
    sa.UniqueConstraint('id', name=op.f('uq_outbox_id'))
    )
    op.create_index('ix_outbox_created_at', 'outbox', ['created_at'], unique=False)
    op.create_index('ix_outbox_open_jobs', 'outbox', ['sent_at'], unique=False, postgresql_where=sa.text("destination = 'celery' AND closed_at IS NULL"))
    op.create_index('ix_outbox_waiting', 'outbox', ['shard', 'seq'], unique=False, postgresql_where=sa.text('sent_at IS NULL AND dead_at IS NULL'))
    for statement in NOTIFY_TRIGGER:
        op.execute(statement)


def downgrade() -> None:
    """Takes the change back."""
    op.drop_index('ix_outbox_waiting', table_name='outbox', postgresql_where=sa.text('sent_at IS NULL AND dead_at IS NULL'))
    op.drop_index('ix_outbox_open_jobs', table_name='outbox', postgresql_where=sa.text("destination = 'celery' AND closed_at IS NULL"))
    op.drop_index('ix_outbox_created_at', table_name='outbox')
    op.drop_table('outbox')
    op.drop_index('ix_inbox_received_at', table_name='inbox')
    op.drop_table('inbox')
    op.drop_index(op.f('ix_logins_revoked_at'), table_name='logins')
    op.drop_index(op.f('ix_logins_account_id'), table_name='logins')
    op.drop_table('logins')
    op.drop_index(op.f('ix_signing_keys_active_from'), table_name='signing_keys')
    op.drop_table('signing_keys')
    op.drop_index(op.f('ix_mailed_codes_email_key'), table_name='mailed_codes')
    op.drop_table('mailed_codes')
    op.drop_table('grants')
    op.drop_table('accounts')
    op.execute("DROP FUNCTION outbox_notify")
