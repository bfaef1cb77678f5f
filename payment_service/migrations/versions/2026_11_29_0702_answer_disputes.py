"""Keep what banks are told about disputes."""

import sqlalchemy as sa
from alembic import op

revision: str = "202611290702"
down_revision: str | None = "202611290701"

COLUMNS = (
    sa.Column("evidence", sa.Text(), nullable=True),
    sa.Column("evidence_by", sa.Uuid(), nullable=True),
    sa.Column("evidence_at", sa.DateTime(timezone=True), nullable=True),
    sa.Column("evidence_sent_at", sa.DateTime(timezone=True), nullable=True),
    sa.Column("evidence_failure", sa.Text(), nullable=True),
    sa.Column("evidence_tries", sa.Integer(), server_default="0", nullable=False),
)


def upgrade() -> None:
    """Expands the schema; the running version keeps working."""
    for column in COLUMNS:
        op.add_column("disputes", column.copy())


def downgrade() -> None:
    """Takes the change back."""
    for column in COLUMNS:
        op.drop_column("disputes", column.name)
