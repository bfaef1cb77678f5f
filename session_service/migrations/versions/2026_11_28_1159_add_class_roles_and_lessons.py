"""add class roles and lessons."""

import sqlalchemy as sa
from alembic import op

revision: str = "202611281159"
down_revision: str | None = "202611251440"


def upgrade() -> None:
    """Expands the schema; the running version keeps working."""
    op.create_table('class_roles',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('study_session_id', sa.Uuid(), nullable=False),
    sa.Column('account_id', sa.Uuid(), nullable=False),
    sa.Column('user_code', sa.Text(), nullable=False),
    sa.Column('role', sa.Text(), nullable=False),
    sa.Column('student_id', sa.Uuid(), nullable=True),
    sa.Column('state', sa.Text(), nullable=False),
    sa.Column('invited_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('accepted_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('revision', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['study_session_id'], ['study_sessions.id'], name=op.f('fk_class_roles_study_session_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_class_roles')),
    sa.UniqueConstraint('study_session_id', 'account_id', name=op.f('uq_class_roles_study_session_id_account_id'))
    )
    op.create_index(op.f('ix_class_roles_account_id'), 'class_roles', ['account_id'], unique=False)
    op.create_table('lesson_series',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('study_session_id', sa.Uuid(), nullable=False),
    sa.Column('title', sa.Text(), nullable=False),
    sa.Column('description', sa.Text(), nullable=False),
    sa.Column('local_start', sa.DateTime(), nullable=False),
    sa.Column('zone', sa.Text(), nullable=False),
    sa.Column('rule', sa.Text(), nullable=True),
    sa.Column('minutes', sa.Integer(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('sequence', sa.Integer(), nullable=False),
    sa.Column('revision', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['study_session_id'], ['study_sessions.id'], name=op.f('fk_lesson_series_study_session_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_lesson_series'))
    )
    op.create_index(op.f('ix_lesson_series_study_session_id'), 'lesson_series', ['study_session_id'], unique=False)
    op.create_table('lessons',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('series_id', sa.Uuid(), nullable=False),
    sa.Column('study_session_id', sa.Uuid(), nullable=False),
    sa.Column('recurrence_id', sa.DateTime(), nullable=False),
    sa.Column('title', sa.Text(), nullable=False),
    sa.Column('description', sa.Text(), nullable=False),
    sa.Column('starts_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('ends_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('state', sa.Text(), nullable=False),
    sa.Column('sequence', sa.Integer(), nullable=False),
    sa.Column('revision', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['series_id'], ['lesson_series.id'], name=op.f('fk_lessons_series_id')),
    sa.ForeignKeyConstraint(['study_session_id'], ['study_sessions.id'], name=op.f('fk_lessons_study_session_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_lessons')),
    sa.UniqueConstraint('series_id', 'recurrence_id', name=op.f('uq_lessons_series_id_recurrence_id'))
    )
    op.create_index('ix_lessons_study_session_id_starts_at', 'lessons', ['study_session_id', 'starts_at'], unique=False)


def downgrade() -> None:
    """Takes the change back."""
    op.drop_index('ix_lessons_study_session_id_starts_at', table_name='lessons')
    op.drop_table('lessons')
    op.drop_index(op.f('ix_lesson_series_study_session_id'), table_name='lesson_series')
    op.drop_table('lesson_series')
    op.drop_index(op.f('ix_class_roles_account_id'), table_name='class_roles')
    op.drop_table('class_roles')
