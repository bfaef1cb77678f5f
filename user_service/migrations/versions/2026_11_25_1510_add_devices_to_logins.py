"""add devices to logins."""

import sqlalchemy as sa
from alembic import op

revision: str = "202611251510"
down_revision: str | None = "202611251412"


def upgrade() -> None:
    """Expands the schema; the running version keeps working."""
    op.add_column('logins', sa.Column('device_id', sa.Uuid(), nullable=True))
    op.add_column('logins', sa.Column('network', sa.Text(), server_default='unknown', nullable=False))


def downgrade() -> None:
    """Takes the change back."""
    op.drop_column('logins', 'network')
    op.drop_column('logins', 'device_id')
