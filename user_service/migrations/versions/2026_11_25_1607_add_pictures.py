"""add pictures."""

import sqlalchemy as sa
from alembic import op


revision: str = "202611251607"
down_revision: str | None = "202611251600"


def upgrade() -> None:
    """Expands the schema; the running version keeps working."""
    op.create_table('pictures',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('account_id', sa.Uuid(), nullable=True),
    sa.Column('state', sa.Text(), nullable=False),
    sa.Column('alt', sa.Text(), nullable=False),
    sa.Column('folder', sa.Text(), nullable=False),
    sa.Column('refusal', sa.Text(), nullable=True),
    sa.Column('asked_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('completed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('swept_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['account_id'], ['accounts.id'], name=op.f('fk_pictures_account_id'), ondelete='SET NULL'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_pictures'))
    )
    op.create_index('ix_pictures_account_id', 'pictures', ['account_id', 'id'], unique=False)
    op.create_index('ix_pictures_unswept', 'pictures', ['asked_at'], unique=False, postgresql_where=sa.text('swept_at IS NULL'))


def downgrade() -> None:
    """Takes the change back."""
    op.drop_index('ix_pictures_unswept', table_name='pictures', postgresql_where=sa.text('swept_at IS NULL'))
    op.drop_index('ix_pictures_account_id', table_name='pictures')
    op.drop_table('pictures')
