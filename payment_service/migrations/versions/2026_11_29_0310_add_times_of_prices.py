"""Add the times of prices."""

import sqlalchemy as sa
from alembic import op

revision: str = "202611290310"
down_revision: str | None = "202611290200"


def upgrade() -> None:
    """Expands the schema; the running version keeps working, and sells what is `active`."""
    op.add_column(
        "plans",
        sa.Column(
            "valid_from",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
    )
    op.add_column("plans", sa.Column("valid_until", sa.DateTime(timezone=True), nullable=True))
    op.execute("UPDATE plans SET valid_from = created_at")
    op.create_check_constraint(
        op.f("ck_plans_valid_until"), "plans", "valid_until >= valid_from"
    )
    op.create_index(
        "uq_plans_open",
        "plans",
        ["months", "currency"],
        unique=True,
        postgresql_where=sa.text("active AND valid_until IS NULL"),
    )
    op.drop_index("uq_plans_active", table_name="plans", postgresql_where=sa.text("active"))


def downgrade() -> None:
    """Takes the change back; what is not valid now is sold no more."""
    op.execute(
        "UPDATE plans SET active = false WHERE active AND "
        "(valid_from > now() OR valid_until <= now())"
    )
    op.create_index(
        "uq_plans_active",
        "plans",
        ["months", "currency"],
        unique=True,
        postgresql_where=sa.text("active"),
    )
    op.drop_index(
        "uq_plans_open",
        table_name="plans",
        postgresql_where=sa.text("active AND valid_until IS NULL"),
    )
    op.drop_constraint(op.f("ck_plans_valid_until"), "plans", type_="check")
    op.drop_column("plans", "valid_until")
    op.drop_column("plans", "valid_from")
