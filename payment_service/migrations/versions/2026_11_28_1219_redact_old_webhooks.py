"""Redact old webhooks."""

import sqlalchemy as sa
from alembic import op

revision: str = "202611281219"
down_revision: str | None = "202611251440"

STRIP = """
UPDATE webhooks SET body = json_build_object('id', event_id, 'type', type)::text, redacted_at = now()
WHERE outcome = 'skipped'
"""
"""What was not ours, as `Webhook.strip` leaves it."""


def upgrade() -> None:
    """Expands the schema; the running version keeps working."""
    op.add_column("webhooks", sa.Column("redacted_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index(
        "ix_webhooks_unredacted",
        "webhooks",
        ["received_at"],
        unique=False,
        postgresql_where=sa.text("redacted_at IS NULL"),
    )
    op.execute(STRIP)


def downgrade() -> None:
    """Takes the change back; what was redacted stays so."""
    op.drop_index("ix_webhooks_unredacted", table_name="webhooks")
    op.drop_column("webhooks", "redacted_at")
