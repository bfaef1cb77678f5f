"""Add rubrics and saved comments."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision: str = "202611281736"
down_revision: str | None = "202611281735"


def upgrade() -> None:
    """Expands the schema; the running version keeps working."""
    op.create_table(
        "rubrics",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rubrics")),
    )
    op.create_index("ix_rubrics_owner_id", "rubrics", ["owner_id", "id"])
    op.create_table(
        "rubric_versions",
        sa.Column("rubric_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("points", sa.Numeric(9, 2), nullable=False),
        sa.Column("criteria", JSONB(), nullable=False),
        sa.ForeignKeyConstraint(
            ["rubric_id"], ["rubrics.id"], name=op.f("fk_rubric_versions_rubric_id")
        ),
        sa.PrimaryKeyConstraint("rubric_id", "version", name=op.f("pk_rubric_versions")),
    )
    op.create_table(
        "item_rubrics",
        sa.Column("item_id", sa.Uuid(), nullable=False),
        sa.Column("rubric_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["item_id"], ["grade_items.id"], name=op.f("fk_item_rubrics_item_id")
        ),
        sa.ForeignKeyConstraint(
            ["rubric_id", "version"],
            ["rubric_versions.rubric_id", "rubric_versions.version"],
            name=op.f("fk_item_rubrics_rubric_id"),
        ),
        sa.PrimaryKeyConstraint("item_id", name=op.f("pk_item_rubrics")),
    )
    op.create_table(
        "saved_comments",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_comments")),
    )
    op.create_index("ix_saved_comments_owner_id", "saved_comments", ["owner_id", "id"])


def downgrade() -> None:
    """Takes the change back."""
    for name in ("saved_comments", "item_rubrics", "rubric_versions", "rubrics"):
        op.drop_table(name)
