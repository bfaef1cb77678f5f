"""add attendance."""

import sqlalchemy as sa
from alembic import op

revision: str = "202611281317"
down_revision: str | None = "202611281440"


def upgrade() -> None:
    """Expands the schema; the running version keeps working."""
    op.create_table('attendance',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('lesson_id', sa.Uuid(), nullable=False),
    sa.Column('study_session_id', sa.Uuid(), nullable=False),
    sa.Column('student_id', sa.Uuid(), nullable=False),
    sa.Column('state', sa.Text(), nullable=False),
    sa.Column('came_late', sa.Boolean(), nullable=False),
    sa.Column('left_early', sa.Boolean(), nullable=False),
    sa.Column('minutes', sa.Integer(), nullable=True),
    sa.Column('source', sa.Text(), nullable=True),
    sa.Column('override', sa.Boolean(), nullable=False),
    sa.Column('checked_in_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('checked_in_by', sa.Text(), nullable=True),
    sa.Column('updated_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('revision', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['lesson_id'], ['lessons.id'], name=op.f('fk_attendance_lesson_id')),
    sa.ForeignKeyConstraint(['study_session_id'], ['study_sessions.id'], name=op.f('fk_attendance_study_session_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_attendance')),
    sa.UniqueConstraint('lesson_id', 'student_id', name=op.f('uq_attendance_lesson_id_student_id'))
    )
    op.create_index('ix_attendance_student_id', 'attendance', ['student_id', 'study_session_id'], unique=False)
    op.create_index('ix_attendance_study_session_id', 'attendance', ['study_session_id', 'id'], unique=False)
    op.create_table('call_stays',
    sa.Column('participant_id', sa.Uuid(), nullable=False),
    sa.Column('lesson_id', sa.Uuid(), nullable=False),
    sa.Column('account_id', sa.Uuid(), nullable=False),
    sa.Column('joined_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('left_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('revision', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['lesson_id'], ['lessons.id'], name=op.f('fk_call_stays_lesson_id')),
    sa.PrimaryKeyConstraint('participant_id', name=op.f('pk_call_stays'))
    )
    op.create_index('ix_call_stays_lesson_id', 'call_stays', ['lesson_id', 'account_id'], unique=False)
    op.create_table('attendance_corrections',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('attendance_id', sa.Uuid(), nullable=False),
    sa.Column('changed_by', sa.Uuid(), nullable=False),
    sa.Column('changed_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('from_state', sa.Text(), nullable=True),
    sa.Column('to_state', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['attendance_id'], ['attendance.id'], name=op.f('fk_attendance_corrections_attendance_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_attendance_corrections')),
    comment='append-only'
    )
    op.create_index('ix_attendance_corrections_attendance_id', 'attendance_corrections', ['attendance_id', 'id'], unique=False)
    op.create_table('attendance_reasons',
    sa.Column('correction_id', sa.Uuid(), nullable=False),
    sa.Column('student_id', sa.Uuid(), nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['correction_id'], ['attendance_corrections.id'], name=op.f('fk_attendance_reasons_correction_id')),
    sa.PrimaryKeyConstraint('correction_id', name=op.f('pk_attendance_reasons'))
    )
    op.create_index(op.f('ix_attendance_reasons_student_id'), 'attendance_reasons', ['student_id'], unique=False)
    op.create_table('check_in_secrets',
    sa.Column('lesson_id', sa.Uuid(), nullable=False),
    sa.Column('secret', sa.LargeBinary(), nullable=False),
    sa.ForeignKeyConstraint(['lesson_id'], ['lessons.id'], name=op.f('fk_check_in_secrets_lesson_id')),
    sa.PrimaryKeyConstraint('lesson_id', name=op.f('pk_check_in_secrets'))
    )
    op.create_table('attendance_closings',
    sa.Column('lesson_id', sa.Uuid(), nullable=False),
    sa.Column('closed_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['lesson_id'], ['lessons.id'], name=op.f('fk_attendance_closings_lesson_id')),
    sa.PrimaryKeyConstraint('lesson_id', name=op.f('pk_attendance_closings'))
    )
    op.create_table('attendance_exports',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('study_session_id', sa.Uuid(), nullable=False),
    sa.Column('asked_by', sa.Uuid(), nullable=False),
    sa.Column('state', sa.Text(), nullable=False),
    sa.Column('rows', sa.Integer(), nullable=True),
    sa.Column('asked_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['study_session_id'], ['study_sessions.id'], name=op.f('fk_attendance_exports_study_session_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_attendance_exports'))
    )
    op.create_index(op.f('ix_attendance_exports_asked_at'), 'attendance_exports', ['asked_at'], unique=False)
    op.create_index(op.f('ix_attendance_exports_asked_by'), 'attendance_exports', ['asked_by'], unique=False)
    op.execute("REVOKE UPDATE, DELETE ON attendance_corrections FROM session_app")


def downgrade() -> None:
    """Takes the change back."""
    op.drop_index(op.f('ix_attendance_exports_asked_at'), table_name='attendance_exports')
    op.drop_index(op.f('ix_attendance_exports_asked_by'), table_name='attendance_exports')
    op.drop_table('attendance_exports')
    op.drop_table('attendance_closings')
    op.drop_table('check_in_secrets')
    op.drop_index(op.f('ix_attendance_reasons_student_id'), table_name='attendance_reasons')
    op.drop_table('attendance_reasons')
    op.drop_index('ix_attendance_corrections_attendance_id', table_name='attendance_corrections')
    op.drop_table('attendance_corrections')
    op.drop_index('ix_call_stays_lesson_id', table_name='call_stays')
    op.drop_table('call_stays')
    op.drop_index('ix_attendance_student_id', table_name='attendance')
    op.drop_index('ix_attendance_study_session_id', table_name='attendance')
    op.drop_table('attendance')
