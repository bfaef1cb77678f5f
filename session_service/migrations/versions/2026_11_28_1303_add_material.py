"""add material."""

import sqlalchemy as sa
from alembic import op

revision: str = "202611281303"
down_revision: str | None = "202611281420"


def upgrade() -> None:
    """Expands the schema; the running version keeps working."""
    op.create_table('folders',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('study_session_id', sa.Uuid(), nullable=False),
    sa.Column('parent_id', sa.Uuid(), nullable=True),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['parent_id'], ['folders.id'], name=op.f('fk_folders_parent_id')),
    sa.ForeignKeyConstraint(['study_session_id'], ['study_sessions.id'], name=op.f('fk_folders_study_session_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_folders'))
    )
    op.create_index(op.f('ix_folders_parent_id'), 'folders', ['parent_id'], unique=False)
    op.create_index(op.f('ix_folders_study_session_id'), 'folders', ['study_session_id'], unique=False)
    op.create_table('materials',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('study_session_id', sa.Uuid(), nullable=False),
    sa.Column('folder_id', sa.Uuid(), nullable=True),
    sa.Column('lesson_id', sa.Uuid(), nullable=True),
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('title', sa.Text(), nullable=False),
    sa.Column('description', sa.Text(), nullable=False),
    sa.Column('link', sa.Text(), nullable=True),
    sa.Column('text', sa.Text(), nullable=True),
    sa.Column('state', sa.Text(), nullable=False),
    sa.Column('newest_number', sa.Integer(), nullable=False),
    sa.Column('published_number', sa.Integer(), nullable=True),
    sa.Column('publish_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('notify', sa.Boolean(), nullable=False),
    sa.Column('published_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('created_by', sa.Uuid(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('deleted_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('revision', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['folder_id'], ['folders.id'], name=op.f('fk_materials_folder_id')),
    sa.ForeignKeyConstraint(['lesson_id'], ['lessons.id'], name=op.f('fk_materials_lesson_id'), ondelete='SET NULL'),
    sa.ForeignKeyConstraint(['study_session_id'], ['study_sessions.id'], name=op.f('fk_materials_study_session_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_materials'))
    )
    op.create_index(op.f('ix_materials_folder_id'), 'materials', ['folder_id'], unique=False)
    op.create_index(op.f('ix_materials_lesson_id'), 'materials', ['lesson_id'], unique=False)
    op.create_index('ix_materials_publish_at', 'materials', ['publish_at'], unique=False, postgresql_where=sa.text('publish_at IS NOT NULL'))
    op.create_index('ix_materials_study_session_id', 'materials', ['study_session_id', 'id'], unique=False)
    op.create_table('material_versions',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('material_id', sa.Uuid(), nullable=False),
    sa.Column('study_session_id', sa.Uuid(), nullable=False),
    sa.Column('number', sa.Integer(), nullable=True),
    sa.Column('state', sa.Text(), nullable=False),
    sa.Column('file_name', sa.Text(), nullable=False),
    sa.Column('content_type', sa.Text(), nullable=False),
    sa.Column('size', sa.BigInteger(), nullable=False),
    sa.Column('sha256', sa.Text(), nullable=True),
    sa.Column('refusal', sa.Text(), nullable=True),
    sa.Column('uploaded_by', sa.Uuid(), nullable=False),
    sa.Column('asked_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('completed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('swept_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['material_id'], ['materials.id'], name=op.f('fk_material_versions_material_id')),
    sa.ForeignKeyConstraint(['study_session_id'], ['study_sessions.id'], name=op.f('fk_material_versions_study_session_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_material_versions')),
    sa.UniqueConstraint('material_id', 'number', name=op.f('uq_material_versions_material_id_number'))
    )
    op.create_index('ix_material_versions_material_id', 'material_versions', ['material_id', 'id'], unique=False)
    op.create_index(op.f('ix_material_versions_study_session_id'), 'material_versions', ['study_session_id'], unique=False)
    op.create_index('ix_material_versions_unswept', 'material_versions', ['asked_at'], unique=False, postgresql_where=sa.text('swept_at IS NULL'))
    op.create_table('material_views',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('material_id', sa.Uuid(), nullable=False),
    sa.Column('account_id', sa.Uuid(), nullable=False),
    sa.Column('opened_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('downloaded_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['material_id'], ['materials.id'], name=op.f('fk_material_views_material_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_material_views')),
    sa.UniqueConstraint('material_id', 'account_id', name=op.f('uq_material_views_material_id_account_id'))
    )
    op.create_index(op.f('ix_material_views_account_id'), 'material_views', ['account_id'], unique=False)


def downgrade() -> None:
    """Takes the change back."""
    op.drop_index(op.f('ix_material_views_account_id'), table_name='material_views')
    op.drop_table('material_views')
    op.drop_index('ix_material_versions_unswept', table_name='material_versions', postgresql_where=sa.text('swept_at IS NULL'))
    op.drop_index(op.f('ix_material_versions_study_session_id'), table_name='material_versions')
    op.drop_index('ix_material_versions_material_id', table_name='material_versions')
    op.drop_table('material_versions')
    op.drop_index('ix_materials_study_session_id', table_name='materials')
    op.drop_index('ix_materials_publish_at', table_name='materials', postgresql_where=sa.text('publish_at IS NOT NULL'))
    op.drop_index(op.f('ix_materials_lesson_id'), table_name='materials')
    op.drop_index(op.f('ix_materials_folder_id'), table_name='materials')
    op.drop_table('materials')
    op.drop_index(op.f('ix_folders_study_session_id'), table_name='folders')
    op.drop_index(op.f('ix_folders_parent_id'), table_name='folders')
    op.drop_table('folders')
