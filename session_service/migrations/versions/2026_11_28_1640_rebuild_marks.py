"""Give each student one mark per task, made of parts, with its trail; open gradebook columns.

What was marked is taken over: each task gets its column, each student's last marking becomes the
mark, and all markings become its trail.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision: str = "202611281640"
down_revision: str | None = "202611281317"

ITEMS = """
INSERT INTO grade_items (id, study_session_id, kind, title, points, category, release, due_at,
                         position, created_at, revision)
SELECT id, study_session_id, 'task', title, points, '', 'at_once', due_at, 0, created_at, 1
FROM tasks
"""
OLD = """
CREATE TEMPORARY TABLE taken ON COMMIT DROP AS
SELECT m.*, t.id AS item_id, t.study_session_id, s.student_id, t.points AS maximum,
       CASE WHEN m.released_at IS NULL THEN 'draft' ELSE 'released' END AS state,
       row_number() OVER trail AS place, count(*) OVER people AS places,
       first_value(m.id) OVER (PARTITION BY t.id, s.student_id
                               ORDER BY m.marked_at DESC, m.id DESC) AS mark_id,
       lag(m.points) OVER trail AS old_points, lag(m.comment) OVER trail AS old_comment
FROM old_marks m
JOIN submissions s ON s.id = m.submission_id
JOIN tasks t ON t.id = s.task_id
WINDOW people AS (PARTITION BY t.id, s.student_id),
       trail AS (PARTITION BY t.id, s.student_id ORDER BY m.marked_at, m.id)
"""
MARKS = """
INSERT INTO marks (id, item_id, study_session_id, student_id, work_id, state, excused, total,
                   penalty_points, comment, marked_by, marked_at, released_at, revision)
SELECT id, item_id, study_session_id, student_id, submission_id, state, false, points, 0, comment,
       marked_by, marked_at, released_at, places
FROM taken WHERE id = mark_id
"""
PARTS = """
INSERT INTO mark_parts (mark_id, key, position, points, maximum, source, rule, note)
SELECT id, 'work', 0, points, maximum, 'manual', '', '' FROM taken WHERE id = mark_id
"""
CHANGES = """
INSERT INTO mark_changes (id, mark_id, number, kind, changed_by, changed_at, from_total, to_total,
                          from_state, to_state, excused, work_id, penalty_points, parts)
SELECT taken.id, mark_id, place, 'marked', marked_by, marked_at, old_points, points,
       lag(state, 1, 'empty') OVER (PARTITION BY mark_id ORDER BY place), state, false,
       submission_id, 0,
       jsonb_build_array(jsonb_build_object('key', 'work', 'points', points::text,
                                            'maximum', maximum::text, 'source', 'manual',
                                            'rule', ''))
FROM taken
"""
WORDS = """
INSERT INTO mark_words (change_id, student_id, reason, comment)
SELECT id, student_id, '', comment FROM taken WHERE comment <> coalesce(old_comment, '')
"""
BACK = """
INSERT INTO marks (id, submission_id, number, points, comment, marked_by, marked_at, released_at)
SELECT c.id, c.work_id, row_number() OVER (PARTITION BY c.work_id ORDER BY c.number), c.to_total,
       coalesce(w.comment, ''), c.changed_by, c.changed_at,
       CASE WHEN c.to_state = 'released' THEN c.changed_at END
FROM mark_changes c JOIN submissions s ON s.id = c.work_id
LEFT JOIN mark_words w ON w.change_id = c.id
WHERE c.kind = 'marked' AND c.to_total IS NOT NULL AND c.changed_by IS NOT NULL
"""


def upgrade() -> None:
    """Rebuilds the table of marks: the version before cannot run on it."""
    _add_items()
    op.rename_table("marks", "old_marks")
    op.execute("ALTER TABLE old_marks RENAME CONSTRAINT pk_marks TO pk_old_marks")
    _add_marks()
    _add_trail()
    _add_releases()
    for statement in (ITEMS, OLD, MARKS, PARTS, CHANGES, WORDS):
        op.execute(statement)
    op.drop_table("old_marks")
    op.execute("REVOKE UPDATE, DELETE ON mark_changes FROM session_app")


def _add_items() -> None:
    op.create_table(
        "grade_items",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("study_session_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("points", sa.Numeric(7, 2), nullable=False),
        sa.Column("category", sa.Text(), nullable=False),
        sa.Column("release", sa.Text(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cut_off_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["study_session_id"], ["study_sessions.id"],
            name=op.f("fk_grade_items_study_session_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_grade_items")),
    )  # fmt: skip
    op.create_index("ix_grade_items_study_session_id", "grade_items", ["study_session_id", "id"])


def _penalty() -> list[sa.Column[object]]:
    return [
        sa.Column("penalty_days", sa.Integer(), nullable=True),
        sa.Column("penalty_percent", sa.Numeric(6, 2), nullable=True),
        sa.Column("penalty_base", sa.Text(), nullable=True),
        sa.Column("penalty_points", sa.Numeric(9, 2), nullable=True),
    ]


def _add_marks() -> None:
    op.create_table(
        "marks",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("item_id", sa.Uuid(), nullable=False),
        sa.Column("study_session_id", sa.Uuid(), nullable=False),
        sa.Column("student_id", sa.Uuid(), nullable=False),
        sa.Column("work_id", sa.Uuid(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("excused", sa.Boolean(), nullable=False),
        sa.Column("total", sa.Numeric(9, 2), nullable=True),
        *_penalty(),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.Column("marked_by", sa.Uuid(), nullable=True),
        sa.Column("marked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("released_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["item_id"], ["grade_items.id"], name=op.f("fk_marks_item_id")),
        sa.ForeignKeyConstraint(
            ["study_session_id"], ["study_sessions.id"], name=op.f("fk_marks_study_session_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_marks")),
        sa.UniqueConstraint("item_id", "student_id", name=op.f("uq_marks_item_id_student_id")),
    )
    op.create_index("ix_marks_student_id", "marks", ["student_id", "id"])
    op.create_index("ix_marks_study_session_id", "marks", ["study_session_id", "student_id"])
    op.create_index(op.f("ix_marks_work_id"), "marks", ["work_id"])
    op.create_table(
        "mark_parts",
        sa.Column("mark_id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("points", sa.Numeric(9, 2), nullable=True),
        sa.Column("maximum", sa.Numeric(9, 2), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["mark_id"], ["marks.id"], name=op.f("fk_mark_parts_mark_id")),
        sa.PrimaryKeyConstraint("mark_id", "key", name=op.f("pk_mark_parts")),
    )


def _add_trail() -> None:
    op.create_table(
        "mark_changes",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("mark_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("changed_by", sa.Uuid(), nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("from_total", sa.Numeric(9, 2), nullable=True),
        sa.Column("to_total", sa.Numeric(9, 2), nullable=True),
        sa.Column("from_state", sa.Text(), nullable=False),
        sa.Column("to_state", sa.Text(), nullable=False),
        sa.Column("excused", sa.Boolean(), nullable=False),
        sa.Column("work_id", sa.Uuid(), nullable=True),
        *_penalty(),
        sa.Column("parts", JSONB(), nullable=False),
        sa.ForeignKeyConstraint(["mark_id"], ["marks.id"], name=op.f("fk_mark_changes_mark_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mark_changes")),
        sa.UniqueConstraint("mark_id", "number", name=op.f("uq_mark_changes_mark_id_number")),
        comment="append-only",
    )
    op.create_table(
        "mark_words",
        sa.Column("change_id", sa.Uuid(), nullable=False),
        sa.Column("student_id", sa.Uuid(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["change_id"], ["mark_changes.id"], name=op.f("fk_mark_words_change_id")
        ),
        sa.PrimaryKeyConstraint("change_id", name=op.f("pk_mark_words")),
    )
    op.create_index(op.f("ix_mark_words_student_id"), "mark_words", ["student_id"])


def _add_releases() -> None:
    op.create_table(
        "mark_releases",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("study_session_id", sa.Uuid(), nullable=False),
        sa.Column("released_by", sa.Uuid(), nullable=True),
        sa.Column("released_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("undone_by", sa.Uuid(), nullable=True),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["study_session_id"], ["study_sessions.id"],
            name=op.f("fk_mark_releases_study_session_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mark_releases")),
    )  # fmt: skip
    op.create_index(
        op.f("ix_mark_releases_study_session_id"), "mark_releases", ["study_session_id"]
    )
    op.create_table(
        "released_marks",
        sa.Column("release_id", sa.Uuid(), nullable=False),
        sa.Column("mark_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["release_id"], ["mark_releases.id"], name=op.f("fk_released_marks_release_id")
        ),
        sa.ForeignKeyConstraint(["mark_id"], ["marks.id"], name=op.f("fk_released_marks_mark_id")),
        sa.PrimaryKeyConstraint("release_id", "mark_id", name=op.f("pk_released_marks")),
    )
    op.create_index(op.f("ix_released_marks_mark_id"), "released_marks", ["mark_id"])


def downgrade() -> None:
    """Takes the change back, but for what only it can hold: parts, excuses and penalties."""
    op.rename_table("marks", "new_marks")
    op.execute("ALTER TABLE new_marks RENAME CONSTRAINT pk_marks TO pk_new_marks")
    op.create_table(
        "marks",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("submission_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("points", sa.Numeric(7, 2), nullable=False),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.Column("marked_by", sa.Uuid(), nullable=False),
        sa.Column("marked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("released_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["submission_id"], ["submissions.id"], name=op.f("fk_marks_submission_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_marks")),
        sa.UniqueConstraint("submission_id", "number", name=op.f("uq_marks_submission_id_number")),
    )
    op.execute(BACK)
    for name in (
        *("released_marks", "mark_releases", "mark_words", "mark_changes", "mark_parts"),
        *("new_marks", "grade_items"),
    ):
        op.drop_table(name)
