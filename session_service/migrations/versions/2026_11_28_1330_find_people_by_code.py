"""find people by code."""

from alembic import op

revision: str = "202611281330"
down_revision: str | None = "202611281301"


def upgrade() -> None:
    """Expands the schema; the running version keeps working."""
    op.create_index(op.f('ix_people_user_code'), 'people', ['user_code'], unique=False)


def downgrade() -> None:
    """Takes the change back."""
    op.drop_index(op.f('ix_people_user_code'), table_name='people')
