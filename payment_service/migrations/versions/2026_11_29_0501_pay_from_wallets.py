"""Note how a payment was made, and where a refund goes."""

import sqlalchemy as sa
from alembic import op

revision: str = "202611290501"
down_revision: str | None = "202611290500"


def upgrade() -> None:
    """Expands the schema; the running version keeps working."""
    op.add_column(
        "payments", sa.Column("method", sa.Text(), server_default="stripe", nullable=False)
    )
    op.create_check_constraint(
        op.f("ck_payments_method"), "payments", "method IN ('stripe', 'wallet')"
    )
    op.add_column(
        "refunds", sa.Column("destination", sa.Text(), server_default="provider", nullable=False)
    )
    op.create_check_constraint(
        op.f("ck_refunds_destination"), "refunds", "destination IN ('provider', 'wallet')"
    )


def downgrade() -> None:
    """Takes the change back."""
    op.drop_column("refunds", "destination")
    op.drop_column("payments", "method")
