"""Tie pictures to accounts, whose rows are never removed."""

import sqlalchemy as sa
from alembic import op

revision: str = "202611281327"
down_revision: str | None = "202611251640"

TIE = "fk_pictures_account_id"


def upgrade() -> None:
    """Narrows the schema to what all versions have written."""
    op.alter_column("pictures", "account_id", existing_type=sa.Uuid(), nullable=False)
    op.drop_constraint(TIE, "pictures", type_="foreignkey")
    op.create_foreign_key(TIE, "pictures", "accounts", ["account_id"], ["id"])


def downgrade() -> None:
    """Takes the change back."""
    op.drop_constraint(TIE, "pictures", type_="foreignkey")
    op.create_foreign_key(TIE, "pictures", "accounts", ["account_id"], ["id"], ondelete="SET NULL")
    op.alter_column("pictures", "account_id", existing_type=sa.Uuid(), nullable=True)
