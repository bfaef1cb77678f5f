"""add consents."""

import sqlalchemy as sa
from alembic import op

revision: str = "202611251412"
down_revision: str | None = "202611251411"


def upgrade() -> None:
    """Expands the schema; the running version keeps working."""
    op.create_table('ages',
    sa.Column('account_id', sa.Uuid(), nullable=False),
    sa.Column('birth_date', sa.Date(), nullable=False),
    sa.Column('of_age_on', sa.Date(), nullable=False),
    sa.Column('stated_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['account_id'], ['accounts.id'], name=op.f('fk_ages_account_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('account_id', name=op.f('pk_ages'))
    )
    op.create_table('consents',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('account_id', sa.Uuid(), nullable=False),
    sa.Column('purpose', sa.Text(), nullable=False),
    sa.Column('version', sa.Text(), nullable=False),
    sa.Column('given', sa.Boolean(), nullable=False),
    sa.Column('source', sa.Text(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['account_id'], ['accounts.id'], name=op.f('fk_consents_account_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_consents'))
    )
    op.create_index('ix_consents_account_id', 'consents', ['account_id', 'purpose', 'id'], unique=False)


def downgrade() -> None:
    """Takes the change back."""
    op.drop_index('ix_consents_account_id', table_name='consents')
    op.drop_table('consents')
    op.drop_table('ages')
