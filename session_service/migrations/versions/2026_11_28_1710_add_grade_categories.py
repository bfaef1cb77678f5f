"""Add the categories of gradebooks."""

import sqlalchemy as sa
from alembic import op

revision: str = "202611281710"
down_revision: str | None = "202611281650"


def upgrade() -> None:
    """Expands the schema; the running version keeps working."""
    op.create_table(
        "grade_categories",
        sa.Column("study_session_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("weight", sa.Numeric(6, 2), nullable=False),
        sa.Column("drop_lowest", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["study_session_id"], ["study_sessions.id"],
            name=op.f("fk_grade_categories_study_session_id"),
        ),
        sa.PrimaryKeyConstraint("study_session_id", "name", name=op.f("pk_grade_categories")),
    )  # fmt: skip


def downgrade() -> None:
    """Takes the change back."""
    op.drop_table("grade_categories")
