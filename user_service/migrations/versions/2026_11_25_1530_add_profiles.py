"""add profiles."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "202611251530"
down_revision: str | None = "202611251520"


def upgrade() -> None:
    """Expands the schema; the running version keeps working."""
    op.create_table('profiles',
    sa.Column('account_id', sa.Uuid(), nullable=False),
    sa.Column('week_start', sa.Text(), nullable=True),
    sa.Column('needs', postgresql.ARRAY(sa.Text()), nullable=False),
    sa.Column('needs_note', sa.Text(), nullable=False),
    sa.Column('phone', sa.Text(), nullable=False),
    sa.Column('bio', sa.Text(), nullable=False),
    sa.Column('picture', sa.Text(), nullable=True),
    sa.Column('picture_alt', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['account_id'], ['accounts.id'], name=op.f('fk_profiles_account_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('account_id', name=op.f('pk_profiles'))
    )


def downgrade() -> None:
    """Takes the change back."""
    op.drop_table('profiles')
