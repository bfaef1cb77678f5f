"""Note which part of payments and refunds is tax payable; of those before it was revenue."""

import sqlalchemy as sa
from alembic import op

revision: str = "202611290602"
down_revision: str | None = "202611290601"


def upgrade() -> None:
    """Expands the schema; the running version keeps working."""
    for table in ("payments", "refunds"):
        op.add_column(
            table, sa.Column("tax", sa.BigInteger(), server_default="0", nullable=False)
        )
    op.create_check_constraint(op.f("ck_payments_tax"), "payments", "tax BETWEEN 0 AND amount")


def downgrade() -> None:
    """Takes the change back."""
    for table in ("refunds", "payments"):
        op.drop_column(table, "tax")
