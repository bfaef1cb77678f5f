"""Number what classes hear of their subscriptions."""

import sqlalchemy as sa
from alembic import op

revision: str = "202611290201"
down_revision: str | None = "202611282121"


def upgrade() -> None:
    """Expands the schema; the running version keeps working."""
    op.add_column(
        "study_sessions",
        sa.Column("subscription_revision", sa.Integer(), server_default="0", nullable=False),
    )


def downgrade() -> None:
    """Takes the change back."""
    op.drop_column("study_sessions", "subscription_revision")
