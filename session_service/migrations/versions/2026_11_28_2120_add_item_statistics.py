"""Add item statistics."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "202611282120"
down_revision: str | None = "202611281750"


def upgrade() -> None:
    """Expands the schema; the running version keeps working."""
    op.create_table(
        "item_statistics",
        sa.Column("assessment_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("computed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("facts", sa.Text(), nullable=True),
        sa.Column("rule", sa.Text(), nullable=True),
        sa.Column("seed", sa.BigInteger(), nullable=True),
        sa.Column("resamples", sa.Integer(), nullable=True),
        sa.Column("students", sa.Integer(), nullable=True),
        sa.Column("waiting", sa.Integer(), nullable=True),
        sa.Column("questions", postgresql.JSONB(none_as_null=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["assessment_id"], ["assessments.id"], name=op.f("fk_item_statistics_assessment_id")
        ),
        sa.PrimaryKeyConstraint("assessment_id", name=op.f("pk_item_statistics")),
    )


def downgrade() -> None:
    """Takes the change back."""
    op.drop_table("item_statistics")
