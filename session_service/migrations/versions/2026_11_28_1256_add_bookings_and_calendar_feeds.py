"""add bookings and calendar feeds."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "202611281256"
down_revision: str | None = "202611281345"


def upgrade() -> None:
    """Expands the schema; the running version keeps working."""
    op.create_table('calendar_feeds',
    sa.Column('account_id', sa.Uuid(), nullable=False),
    sa.Column('digest', sa.LargeBinary(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('read_at', sa.DateTime(timezone=True), nullable=True),
    sa.PrimaryKeyConstraint('account_id', name=op.f('pk_calendar_feeds')),
    sa.UniqueConstraint('digest', name=op.f('uq_calendar_feeds_digest'))
    )
    op.create_table('availabilities',
    sa.Column('tutor_id', sa.Uuid(), nullable=False),
    sa.Column('zone', sa.Text(), nullable=False),
    sa.Column('slot_minutes', sa.Integer(), nullable=False),
    sa.Column('buffer_minutes', sa.Integer(), nullable=False),
    sa.Column('notice_minutes', sa.Integer(), nullable=False),
    sa.Column('horizon_days', sa.Integer(), nullable=False),
    sa.Column('needs_credit', sa.Boolean(), nullable=False),
    sa.Column('windows', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('days_off', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('revision', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('tutor_id', name=op.f('pk_availabilities'))
    )
    op.create_table('credits',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('study_session_id', sa.Uuid(), nullable=False),
    sa.Column('student_id', sa.Uuid(), nullable=False),
    sa.Column('lesson_id', sa.Uuid(), nullable=True),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('granted_by', sa.Uuid(), nullable=False),
    sa.Column('granted_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('booking_id', sa.Uuid(), nullable=True),
    sa.Column('revoked_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['lesson_id'], ['lessons.id'], name=op.f('fk_credits_lesson_id')),
    sa.ForeignKeyConstraint(['study_session_id'], ['study_sessions.id'], name=op.f('fk_credits_study_session_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_credits')),
    sa.UniqueConstraint('booking_id', name=op.f('uq_credits_booking_id'))
    )
    op.create_index(op.f('ix_credits_student_id'), 'credits', ['student_id'], unique=False)
    op.create_index(op.f('ix_credits_study_session_id'), 'credits', ['study_session_id'], unique=False)
    op.create_index('uq_credits_lesson_id_student_id', 'credits', ['lesson_id', 'student_id'], unique=True, postgresql_where=sa.text('revoked_at IS NULL'))
    op.create_table('reschedules',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('study_session_id', sa.Uuid(), nullable=False),
    sa.Column('lesson_id', sa.Uuid(), nullable=False),
    sa.Column('student_id', sa.Uuid(), nullable=False),
    sa.Column('proposed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('state', sa.Text(), nullable=False),
    sa.Column('outcome', sa.Text(), nullable=True),
    sa.Column('note', sa.Text(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('decided_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('decided_by', sa.Uuid(), nullable=True),
    sa.Column('revision', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['lesson_id'], ['lessons.id'], name=op.f('fk_reschedules_lesson_id')),
    sa.ForeignKeyConstraint(['study_session_id'], ['study_sessions.id'], name=op.f('fk_reschedules_study_session_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_reschedules'))
    )
    op.create_index(op.f('ix_reschedules_student_id'), 'reschedules', ['student_id'], unique=False)
    op.create_index(op.f('ix_reschedules_study_session_id'), 'reschedules', ['study_session_id'], unique=False)
    op.create_index('uq_reschedules_lesson_id_student_id', 'reschedules', ['lesson_id', 'student_id'], unique=True, postgresql_where=sa.text("state = 'open'"))
    op.create_table('bookings',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('study_session_id', sa.Uuid(), nullable=False),
    sa.Column('lesson_id', sa.Uuid(), nullable=False),
    sa.Column('tutor_id', sa.Uuid(), nullable=False),
    sa.Column('student_id', sa.Uuid(), nullable=False),
    sa.Column('student_code', sa.Text(), nullable=False),
    sa.Column('note', sa.Text(), nullable=False),
    sa.Column('credit_id', sa.Uuid(), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('cancelled_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('cancelled_by', sa.Uuid(), nullable=True),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('revision', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['credit_id'], ['credits.id'], name=op.f('fk_bookings_credit_id')),
    sa.ForeignKeyConstraint(['lesson_id'], ['lessons.id'], name=op.f('fk_bookings_lesson_id')),
    sa.ForeignKeyConstraint(['study_session_id'], ['study_sessions.id'], name=op.f('fk_bookings_study_session_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_bookings')),
    sa.UniqueConstraint('lesson_id', name=op.f('uq_bookings_lesson_id'))
    )
    op.create_index(op.f('ix_bookings_student_id'), 'bookings', ['student_id'], unique=False)
    op.create_index(op.f('ix_bookings_study_session_id'), 'bookings', ['study_session_id'], unique=False)
    op.create_index(op.f('ix_bookings_tutor_id'), 'bookings', ['tutor_id'], unique=False)
    op.add_column('lesson_series', sa.Column('teacher_id', sa.Uuid(), nullable=True))
    op.add_column('lesson_series', sa.Column('student_id', sa.Uuid(), nullable=True))
    op.add_column('lessons', sa.Column('teacher_id', sa.Uuid(), nullable=True))
    op.add_column('lessons', sa.Column('student_id', sa.Uuid(), nullable=True))
    op.create_index(op.f('ix_lessons_student_id'), 'lessons', ['student_id'], unique=False)
    op.create_index(op.f('ix_lessons_teacher_id'), 'lessons', ['teacher_id'], unique=False)


def downgrade() -> None:
    """Takes the change back."""
    op.drop_index(op.f('ix_lessons_teacher_id'), table_name='lessons')
    op.drop_index(op.f('ix_lessons_student_id'), table_name='lessons')
    op.drop_column('lessons', 'student_id')
    op.drop_column('lessons', 'teacher_id')
    op.drop_column('lesson_series', 'student_id')
    op.drop_column('lesson_series', 'teacher_id')
    op.drop_index(op.f('ix_bookings_tutor_id'), table_name='bookings')
    op.drop_index(op.f('ix_bookings_study_session_id'), table_name='bookings')
    op.drop_index(op.f('ix_bookings_student_id'), table_name='bookings')
    op.drop_table('bookings')
    op.drop_index('uq_reschedules_lesson_id_student_id', table_name='reschedules', postgresql_where=sa.text("state = 'open'"))
    op.drop_index(op.f('ix_reschedules_study_session_id'), table_name='reschedules')
    op.drop_index(op.f('ix_reschedules_student_id'), table_name='reschedules')
    op.drop_table('reschedules')
    op.drop_index('uq_credits_lesson_id_student_id', table_name='credits', postgresql_where=sa.text('revoked_at IS NULL'))
    op.drop_index(op.f('ix_credits_study_session_id'), table_name='credits')
    op.drop_index(op.f('ix_credits_student_id'), table_name='credits')
    op.drop_table('credits')
    op.drop_table('availabilities')
    op.drop_table('calendar_feeds')
