"""Add attempts."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "202611281740"
down_revision: str | None = "202611281736"


def upgrade() -> None:
    """Expands the schema; the running version keeps working."""
    op.create_table('attempts',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('assessment_id', sa.Uuid(), nullable=False),
    sa.Column('study_session_id', sa.Uuid(), nullable=False),
    sa.Column('student_id', sa.Uuid(), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('state', sa.Text(), nullable=False),
    sa.Column('seed', sa.Text(), nullable=False),
    sa.Column('question_ids', postgresql.ARRAY(sa.Uuid()), nullable=False),
    sa.Column('started_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('deadline', sa.DateTime(timezone=True), nullable=False),
    sa.Column('takes_until', sa.DateTime(timezone=True), nullable=False),
    sa.Column('closed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('ending', sa.Text(), nullable=True),
    sa.Column('marked_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('voided_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('voided_by', sa.Uuid(), nullable=True),
    sa.Column('void_reason', sa.Text(), nullable=True),
    sa.Column('revision', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['assessment_id'], ['assessments.id'], name=op.f('fk_attempts_assessment_id')),
    sa.ForeignKeyConstraint(['study_session_id'], ['study_sessions.id'], name=op.f('fk_attempts_study_session_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_attempts'))
    )
    op.create_index('ix_attempts_assessment_id', 'attempts', ['assessment_id', 'id'], unique=False)
    op.create_index('ix_attempts_due', 'attempts', ['deadline'], unique=False, postgresql_where=sa.text("state = 'open'"))
    op.create_index('ix_attempts_student_id', 'attempts', ['student_id', 'id'], unique=False)
    op.create_index('ix_attempts_study_session_id', 'attempts', ['study_session_id', 'id'], unique=False)
    op.create_index('ix_attempts_unmarked', 'attempts', ['takes_until'], unique=False, postgresql_where=sa.text("state = 'closed' AND marked_at IS NULL"))
    op.create_index('uq_attempts_number', 'attempts', ['assessment_id', 'student_id', 'number'], unique=True, postgresql_where=sa.text("state <> 'voided'"))
    op.create_index('uq_attempts_open', 'attempts', ['assessment_id', 'student_id'], unique=True, postgresql_where=sa.text("state = 'open'"))
    op.create_table('attempt_answers',
    sa.Column('attempt_id', sa.Uuid(), nullable=False),
    sa.Column('question_id', sa.Uuid(), nullable=False),
    sa.Column('revision', sa.Integer(), nullable=False),
    sa.Column('answer', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('saved_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['attempt_id'], ['attempts.id'], name=op.f('fk_attempt_answers_attempt_id')),
    sa.ForeignKeyConstraint(['question_id'], ['assessment_questions.id'], name=op.f('fk_attempt_answers_question_id')),
    sa.PrimaryKeyConstraint('attempt_id', 'question_id', name=op.f('pk_attempt_answers'))
    )
    op.create_table('attempt_parts',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('attempt_id', sa.Uuid(), nullable=False),
    sa.Column('question_id', sa.Uuid(), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('points', sa.Numeric(precision=9, scale=2), nullable=True),
    sa.Column('maximum', sa.Numeric(precision=9, scale=2), nullable=False),
    sa.Column('source', sa.Text(), nullable=False),
    sa.Column('outcome', sa.Text(), nullable=False),
    sa.Column('rule', sa.Text(), nullable=False),
    sa.Column('note', sa.Text(), nullable=False),
    sa.Column('marked_by', sa.Uuid(), nullable=True),
    sa.Column('marked_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['attempt_id'], ['attempts.id'], name=op.f('fk_attempt_parts_attempt_id')),
    sa.ForeignKeyConstraint(['question_id'], ['assessment_questions.id'], name=op.f('fk_attempt_parts_question_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_attempt_parts')),
    sa.UniqueConstraint('attempt_id', 'question_id', name=op.f('uq_attempt_parts_attempt_id_question_id'))
    )
    op.create_index('ix_attempt_parts_question_id', 'attempt_parts', ['question_id', 'id'], unique=False)
    op.create_index('ix_attempt_parts_unmarked', 'attempt_parts', ['question_id', 'id'], unique=False, postgresql_where=sa.text('points IS NULL'))


def downgrade() -> None:
    """Takes the change back."""
    op.drop_index('ix_attempt_parts_unmarked', table_name='attempt_parts', postgresql_where=sa.text('points IS NULL'))
    op.drop_index('ix_attempt_parts_question_id', table_name='attempt_parts')
    op.drop_table('attempt_parts')
    op.drop_table('attempt_answers')
    op.drop_index('uq_attempts_open', table_name='attempts', postgresql_where=sa.text("state = 'open'"))
    op.drop_index('uq_attempts_number', table_name='attempts', postgresql_where=sa.text("state <> 'voided'"))
    op.drop_index('ix_attempts_unmarked', table_name='attempts', postgresql_where=sa.text("state = 'closed' AND marked_at IS NULL"))
    op.drop_index('ix_attempts_study_session_id', table_name='attempts')
    op.drop_index('ix_attempts_student_id', table_name='attempts')
    op.drop_index('ix_attempts_due', table_name='attempts', postgresql_where=sa.text("state = 'open'"))
    op.drop_index('ix_attempts_assessment_id', table_name='attempts')
    op.drop_table('attempts')
