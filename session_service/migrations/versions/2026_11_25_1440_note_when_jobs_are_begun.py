"""Notes when a worker has begun with a job, in the outbox."""

import sqlalchemy as sa
from alembic import op

revision: str = "202611251440"
down_revision: str | None = "202611222157"


def upgrade() -> None:
    """Expands the schema; the running version keeps working."""
    op.add_column(
        "outbox",
        sa.Column(
            "begun_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="when a worker has begun with this job",
        ),
    )


def downgrade() -> None:
    """Takes the change back."""
    op.drop_column("outbox", "begun_at")
