"""Keep a copy of each refund, not of each payment's."""

from alembic import op

revision: str = "202611290602"
down_revision: str | None = "202611290201"


def upgrade() -> None:
    """Changes the key; the running version can keep no copies until it is replaced, and its
    consumer tries again.
    """
    op.drop_constraint(op.f("pk_class_refunds"), "class_refunds", type_="primary")
    op.create_primary_key(op.f("pk_class_refunds"), "class_refunds", ["refund_id"])


def downgrade() -> None:
    """Takes the change back, as long as no payment has several refunds."""
    op.drop_constraint(op.f("pk_class_refunds"), "class_refunds", type_="primary")
    op.create_primary_key(op.f("pk_class_refunds"), "class_refunds", ["payment_id"])
