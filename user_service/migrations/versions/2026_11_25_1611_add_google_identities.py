"""add google identities."""

import sqlalchemy as sa
from alembic import op


revision: str = "202611251611"
down_revision: str | None = "202611251610"


def upgrade() -> None:
    """Expands the schema; the running version keeps working."""
    op.create_table('google_identities',
    sa.Column('subject', sa.Text(), nullable=False),
    sa.Column('account_id', sa.Uuid(), nullable=False),
    sa.Column('linked_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['account_id'], ['accounts.id'], name=op.f('fk_google_identities_account_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('subject', name=op.f('pk_google_identities')),
    sa.UniqueConstraint('account_id', name=op.f('uq_google_identities_account_id'))
    )


def downgrade() -> None:
    """Takes the change back."""
    op.drop_table('google_identities')
