"""let holidays be removed."""

import sqlalchemy as sa
from alembic import op

revision: str = "202611281345"
down_revision: str | None = "202611281303"


def upgrade() -> None:
    """Expands the schema; the running version keeps working."""
    op.add_column('class_holidays', sa.Column('removed_at', sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    """Takes the change back."""
    op.drop_column('class_holidays', 'removed_at')
