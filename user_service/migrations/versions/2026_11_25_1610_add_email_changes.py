"""add email changes."""

import sqlalchemy as sa
from alembic import op

revision: str = "202611251610"
down_revision: str | None = "202611251607"


def upgrade() -> None:
    """Expands the schema; the running version keeps working."""
    op.create_table('email_changes',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('account_id', sa.Uuid(), nullable=False),
    sa.Column('email', sa.Text(), nullable=False),
    sa.Column('old_code_id', sa.Uuid(), nullable=False),
    sa.Column('new_code_id', sa.Uuid(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('done_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['account_id'], ['accounts.id'], name=op.f('fk_email_changes_account_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_email_changes'))
    )
    op.create_index(op.f('ix_email_changes_account_id'), 'email_changes', ['account_id'], unique=False)


def downgrade() -> None:
    """Takes the change back."""
    op.drop_index(op.f('ix_email_changes_account_id'), table_name='email_changes')
    op.drop_table('email_changes')
