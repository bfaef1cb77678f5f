"""add invites."""

import sqlalchemy as sa
from alembic import op


revision: str = "202611251411"
down_revision: str | None = "202611251401"


def upgrade() -> None:
    """Expands the schema; the running version keeps working."""
    op.create_table('invite_imports',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('inviter_id', sa.Uuid(), nullable=False),
    sa.Column('csv', sa.Text(), nullable=True),
    sa.Column('total', sa.Integer(), nullable=False),
    sa.Column('done', sa.Integer(), nullable=False),
    sa.Column('created', sa.Integer(), nullable=False),
    sa.Column('repeated', sa.Integer(), nullable=False),
    sa.Column('refused', sa.Integer(), nullable=False),
    sa.Column('started_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('finished_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['inviter_id'], ['accounts.id'], name=op.f('fk_invite_imports_inviter_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_invite_imports'))
    )
    op.create_index('ix_invite_imports_running', 'invite_imports', ['inviter_id'], unique=True, postgresql_where=sa.text('finished_at IS NULL'))
    op.create_index(op.f('ix_invite_imports_started_at'), 'invite_imports', ['started_at'], unique=False)
    op.create_table('invites',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('inviter_id', sa.Uuid(), nullable=False),
    sa.Column('email', sa.Text(), nullable=False),
    sa.Column('email_key', sa.Text(), nullable=False),
    sa.Column('first_name', sa.Text(), nullable=False),
    sa.Column('last_name', sa.Text(), nullable=False),
    sa.Column('locale', sa.Text(), nullable=False),
    sa.Column('token_hmac', sa.Text(), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('accepted_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('withdrawn_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['inviter_id'], ['accounts.id'], name=op.f('fk_invites_inviter_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_invites')),
    sa.UniqueConstraint('inviter_id', 'email_key', name=op.f('uq_invites_inviter_id_email_key')),
    sa.UniqueConstraint('token_hmac', name=op.f('uq_invites_token_hmac'))
    )
    op.create_index(op.f('ix_invites_created_at'), 'invites', ['created_at'], unique=False)
    op.create_table('invite_rows',
    sa.Column('import_id', sa.Uuid(), nullable=False),
    sa.Column('line', sa.Integer(), nullable=False),
    sa.Column('result', sa.Text(), nullable=False),
    sa.Column('code', sa.Text(), nullable=True),
    sa.Column('detail', sa.Text(), nullable=True),
    sa.ForeignKeyConstraint(['import_id'], ['invite_imports.id'], name=op.f('fk_invite_rows_import_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('import_id', 'line', name=op.f('pk_invite_rows'))
    )


def downgrade() -> None:
    """Takes the change back."""
    op.drop_table('invite_rows')
    op.drop_index(op.f('ix_invites_created_at'), table_name='invites')
    op.drop_table('invites')
    op.drop_index(op.f('ix_invite_imports_started_at'), table_name='invite_imports')
    op.drop_index('ix_invite_imports_running', table_name='invite_imports', postgresql_where=sa.text('finished_at IS NULL'))
    op.drop_table('invite_imports')
