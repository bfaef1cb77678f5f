"""add images of classes."""

import sqlalchemy as sa
from alembic import op

revision: str = "202611281420"
down_revision: str | None = "202611281350"


def upgrade() -> None:
    """Expands the schema; the running version keeps working."""
    op.add_column("study_sessions", sa.Column("image_folder", sa.Text(), nullable=True))
    op.add_column("study_sessions", sa.Column("image_alt", sa.Text(), server_default="", nullable=False))
    op.create_table('class_images',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('study_session_id', sa.Uuid(), nullable=False),
    sa.Column('state', sa.Text(), nullable=False),
    sa.Column('alt', sa.Text(), nullable=False),
    sa.Column('folder', sa.Text(), nullable=False),
    sa.Column('refusal', sa.Text(), nullable=True),
    sa.Column('asked_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('completed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('swept_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['study_session_id'], ['study_sessions.id'], name=op.f('fk_class_images_study_session_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_class_images'))
    )
    op.create_index('ix_class_images_study_session_id', 'class_images', ['study_session_id', 'id'], unique=False)
    op.create_index('ix_class_images_unswept', 'class_images', ['asked_at'], unique=False, postgresql_where=sa.text('swept_at IS NULL'))


def downgrade() -> None:
    """Takes the change back."""
    op.drop_table('class_images')
    op.drop_column("study_sessions", "image_alt")
    op.drop_column("study_sessions", "image_folder")
