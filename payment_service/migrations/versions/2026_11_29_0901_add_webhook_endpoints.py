"""Add endpoints of webhooks, and what is sent to them."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "202611290901"
down_revision: str | None = "202611290702"


def upgrade() -> None:
    """Expands the schema; the running version keeps working."""
    op.create_table(
        "webhook_endpoints",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("events", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("secret", sa.Text(), nullable=False),
        sa.Column("former_secret", sa.Text(), nullable=True),
        sa.Column("former_secret_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("disabled_reason", sa.Text(), nullable=True),
        sa.Column("disabled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_sequence", sa.BigInteger(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("failing_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "disabled_reason IN ('owner', 'gone', 'failing')",
            name=op.f("ck_webhook_endpoints_disabled_reason"),
        ),
        sa.CheckConstraint(
            "enabled = (disabled_at IS NULL) AND enabled = (disabled_reason IS NULL)",
            name=op.f("ck_webhook_endpoints_enabled"),
        ),
        sa.CheckConstraint(
            "(former_secret IS NULL) = (former_secret_until IS NULL)",
            name=op.f("ck_webhook_endpoints_former_secret"),
        ),
        sa.CheckConstraint(
            "failures >= 0 AND (failures = 0) = (failing_since IS NULL)",
            name=op.f("ck_webhook_endpoints_failures"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook_endpoints")),
    )
    op.create_index("ix_webhook_endpoints_owner_id", "webhook_endpoints", ["owner_id", "id"])
    op.create_index(
        "ix_webhook_endpoints_due", "webhook_endpoints", ["due_at"],
        postgresql_where=sa.text("enabled"),
    )  # fmt: skip
    _add_deliveries()


def _add_deliveries() -> None:
    op.create_table(
        "webhook_deliveries",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("endpoint_id", sa.Uuid(), nullable=False),
        sa.Column("webhook_id", sa.Text(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("status_code", sa.SmallInteger(), nullable=True),
        sa.Column("failure", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tried_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state IN ('waiting', 'delivered', 'skipped')", name=op.f("ck_webhook_deliveries_state")
        ),
        sa.CheckConstraint(
            "(state = 'waiting') = (ended_at IS NULL)", name=op.f("ck_webhook_deliveries_ended")
        ),
        sa.CheckConstraint(
            "state <> 'waiting' OR body IS NOT NULL", name=op.f("ck_webhook_deliveries_body")
        ),
        sa.CheckConstraint(
            "octet_length(body) <= 16384", name=op.f("ck_webhook_deliveries_size")
        ),
        sa.ForeignKeyConstraint(
            ["endpoint_id"], ["webhook_endpoints.id"], ondelete="CASCADE",
            name=op.f("fk_webhook_deliveries_endpoint_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook_deliveries")),
        sa.UniqueConstraint(
            "endpoint_id", "webhook_id", name=op.f("uq_webhook_deliveries_endpoint_id_webhook_id")
        ),
        sa.UniqueConstraint(
            "endpoint_id", "sequence", name=op.f("uq_webhook_deliveries_endpoint_id_sequence")
        ),
    )  # fmt: skip
    op.create_index(
        "ix_webhook_deliveries_waiting", "webhook_deliveries", ["endpoint_id", "sequence"],
        postgresql_where=sa.text("state = 'waiting'"),
    )  # fmt: skip
    op.create_index(
        "ix_webhook_deliveries_endpoint_id", "webhook_deliveries", ["endpoint_id", "id"]
    )
    op.create_index(
        "ix_webhook_deliveries_bodies", "webhook_deliveries", ["created_at"],
        postgresql_where=sa.text("body IS NOT NULL"),
    )  # fmt: skip
    op.create_index("ix_webhook_deliveries_ended_at", "webhook_deliveries", ["ended_at"])


def downgrade() -> None:
    """Takes the change back."""
    op.drop_table("webhook_deliveries")
    op.drop_table("webhook_endpoints")
