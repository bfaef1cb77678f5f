"""add series state and holidays."""

import sqlalchemy as sa
from alembic import op

revision: str = "202611281219"
down_revision: str | None = "202611281159"


def upgrade() -> None:
    """Expands the schema; the running version keeps working."""
    op.create_table('class_holidays',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('study_session_id', sa.Uuid(), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('first_on', sa.Date(), nullable=False),
    sa.Column('last_on', sa.Date(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['study_session_id'], ['study_sessions.id'], name=op.f('fk_class_holidays_study_session_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_class_holidays'))
    )
    op.create_index('ix_class_holidays_study_session_id_first_on', 'class_holidays', ['study_session_id', 'first_on'], unique=False)
    op.add_column('lesson_series', sa.Column('previous_id', sa.Uuid(), nullable=True))
    op.add_column('lesson_series', sa.Column('expanded_to', sa.DateTime(), nullable=False))
    op.add_column('lesson_series', sa.Column('finished', sa.Boolean(), nullable=False))
    op.add_column('lesson_series', sa.Column('tzdata', sa.Text(), nullable=False))
    op.create_index(op.f('ix_lesson_series_tzdata'), 'lesson_series', ['tzdata'], unique=False)
    op.create_index('ix_lesson_series_unfinished', 'lesson_series', ['expanded_to'], unique=False, postgresql_where=sa.text('NOT finished'))
    op.create_foreign_key(op.f('fk_lesson_series_previous_id'), 'lesson_series', 'lesson_series', ['previous_id'], ['id'])
    op.add_column('lessons', sa.Column('local_start', sa.DateTime(), nullable=False))
    op.add_column('lessons', sa.Column('zone', sa.Text(), nullable=False))
    op.add_column('lessons', sa.Column('holiday_id', sa.Uuid(), nullable=True))
    op.add_column('lessons', sa.Column('moved', sa.Boolean(), nullable=False))
    op.add_column('lessons', sa.Column('reworded', sa.Boolean(), nullable=False))
    op.add_column('lessons', sa.Column('hours_checked_at', sa.DateTime(timezone=True), nullable=True))
    op.create_index(op.f('ix_lessons_holiday_id'), 'lessons', ['holiday_id'], unique=False)
    op.create_index('ix_lessons_hours_unchecked', 'lessons', ['starts_at'], unique=False, postgresql_where=sa.text("hours_checked_at IS NULL AND state = 'scheduled'"))
    op.create_foreign_key(op.f('fk_lessons_holiday_id'), 'lessons', 'class_holidays', ['holiday_id'], ['id'])
    op.drop_constraint('uq_lessons_series_id_recurrence_id', 'lessons', type_='unique')
    op.create_unique_constraint('uq_lessons_series_id_recurrence_id', 'lessons', ['series_id', 'recurrence_id'], deferrable=True, initially='IMMEDIATE')
    op.add_column('people', sa.Column('zone', sa.Text(), server_default='UTC', nullable=False))


def downgrade() -> None:
    """Takes the change back."""
    op.drop_column('people', 'zone')
    op.drop_constraint('uq_lessons_series_id_recurrence_id', 'lessons', type_='unique')
    op.create_unique_constraint('uq_lessons_series_id_recurrence_id', 'lessons', ['series_id', 'recurrence_id'])
    op.drop_constraint(op.f('fk_lessons_holiday_id'), 'lessons', type_='foreignkey')
    op.drop_index('ix_lessons_hours_unchecked', table_name='lessons', postgresql_where=sa.text("hours_checked_at IS NULL AND state = 'scheduled'"))
    op.drop_index(op.f('ix_lessons_holiday_id'), table_name='lessons')
    op.drop_column('lessons', 'hours_checked_at')
    op.drop_column('lessons', 'reworded')
    op.drop_column('lessons', 'moved')
    op.drop_column('lessons', 'holiday_id')
    op.drop_column('lessons', 'zone')
    op.drop_column('lessons', 'local_start')
    op.drop_constraint(op.f('fk_lesson_series_previous_id'), 'lesson_series', type_='foreignkey')
    op.drop_index('ix_lesson_series_unfinished', table_name='lesson_series', postgresql_where=sa.text('NOT finished'))
    op.drop_index(op.f('ix_lesson_series_tzdata'), table_name='lesson_series')
    op.drop_column('lesson_series', 'tzdata')
    op.drop_column('lesson_series', 'finished')
    op.drop_column('lesson_series', 'expanded_to')
    op.drop_column('lesson_series', 'previous_id')
    op.drop_index('ix_class_holidays_study_session_id_first_on', table_name='class_holidays')
    op.drop_table('class_holidays')
