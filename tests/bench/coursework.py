"""Rows for attempts and for progress: made in the database, by as few statements as there are
tables.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

import asyncpg

from libs.ids import new_id
from tests.bench.seeds import NOW, OF_MEMBER, OF_SESSION, TASKS
from tests.stack import User

ASSESSMENTS = 20
TABLES = ("study_sessions", "memberships", "people", "tasks", "assessments", "grade_items",
          "submissions", "marks")  # fmt: skip
PEOPLE = """
INSERT INTO people (account_id, user_code, name, revision)
SELECT student_id, student_code, 'Student ' || student_code, 1 FROM memberships
WHERE study_session_id = $1 ON CONFLICT DO NOTHING
"""
ADD_TASKS = """
INSERT INTO tasks (id, study_session_id, title, description, points, due_at, published_at,
 created_at, revision)
SELECT gen_random_uuid(), $1, 'Task ' || n, 'The exercises of the chapter.', 10,
 $2::timestamptz - n * interval '1 day', $2::timestamptz - interval '90 days',
 $2::timestamptz - interval '90 days', 1 FROM generate_series(1, $3) n
"""
ADD_ASSESSMENTS = """
INSERT INTO assessments (id, study_session_id, title, description, state, closes_at,
 cooldown_minutes, counting, shuffle_questions, shuffle_options, floor_at_zero, allowance_seconds,
 release, key_release, category, question_count, points, created_by, created_at, published_at,
 closed_at, revision)
SELECT gen_random_uuid(), $1, 'Test ' || n, '', 'closed', $2::timestamptz - n * interval '3 days',
 0, 'highest', false, true, true, 10, 'at_once', 'never', '', 10, 10, gen_random_uuid(),
 $2::timestamptz - interval '90 days', $2::timestamptz - interval '90 days',
 $2::timestamptz - n * interval '3 days', 3 FROM generate_series(1, $3) n
"""
ADD_ITEMS = """
INSERT INTO grade_items (id, study_session_id, kind, title, points, category, release, due_at,
 position, created_at, revision)
SELECT id, $1, 'task', title, points, '', 'at_once', due_at, 0, created_at, 1
 FROM tasks WHERE study_session_id = $1
UNION ALL SELECT id, $1, 'assessment', title, points, '', 'at_once', closes_at, 0, created_at, 1
 FROM assessments WHERE study_session_id = $1
"""
ADD_SUBMISSIONS = """
INSERT INTO submissions (id, task_id, student_id, student_code, number, body, received_at)
SELECT gen_random_uuid(), t.id, m.student_id, m.student_code, 1, 'My answer.',
 t.due_at + (mod(row_number() OVER (), 10) - 8) * interval '1 hour'
FROM tasks t JOIN memberships m USING (study_session_id) WHERE study_session_id = $1
"""
ADD_MARKS = """
INSERT INTO marks (id, item_id, study_session_id, student_id, work_id, state, excused, total,
 comment, marked_at, released_at, revision)
SELECT gen_random_uuid(), i.id, $1, m.student_id, coalesce(s.id, gen_random_uuid()), 'released',
 false, mod(7 * row_number() OVER (), 1001) / 100.0, '', i.due_at, i.due_at, 1
FROM grade_items i JOIN memberships m USING (study_session_id)
LEFT JOIN submissions s ON s.task_id = i.id AND s.student_id = m.student_id
WHERE study_session_id = $1
"""
"""Everything is handed in, one in ten too late, and marked; marks are spread from 0 to 10."""
ADD_ATTEMPTS = """
INSERT INTO attempts (id, assessment_id, study_session_id, student_id, number, state, seed,
 question_ids, started_at, deadline, takes_until, revision)
SELECT gen_random_uuid(), $1, study_session_id, student_id, 1, 'open', md5(student_id::text),
 $3::uuid[], $4::timestamptz, $4::timestamptz + interval '2 hours',
 $4::timestamptz + interval '2 hours', 1
FROM memberships WHERE study_session_id = $2 RETURNING id, student_id
"""
QUESTIONS_OF = "SELECT id FROM assessment_questions WHERE assessment_id = $1 ORDER BY item"
REOPEN = """
UPDATE attempts SET state = 'open', closed_at = NULL, ending = NULL, revision = 1,
takes_until = deadline WHERE assessment_id = $1
"""


@dataclass(frozen=True)
class Member:
    """Somebody who attends a class; of most nothing more is needed."""

    id: UUID
    code: str


def members(count: int) -> list[Member]:
    """So many people of whom nobody has a token."""
    return [Member(one, f"STUDX-{one.int % 10**7:07d}") for one in (new_id() for _ in range(count))]


async def coursework(
    connection: "asyncpg.Connection[asyncpg.Record]", tutor: User, students: Sequence[Member | User]
) -> UUID:
    """An active class of `tutor` with these students, `TASKS` tasks and `ASSESSMENTS` assessments,
    all handed in and marked. Returns its id.
    """
    of = await active_class(connection, tutor, students)
    await connection.execute(PEOPLE, of)
    await connection.execute(ADD_TASKS, of, NOW, TASKS)
    await connection.execute(ADD_ASSESSMENTS, of, NOW, ASSESSMENTS)
    for statement in (ADD_ITEMS, ADD_SUBMISSIONS, ADD_MARKS):
        await connection.execute(statement, of)
    return of


async def active_class(
    connection: "asyncpg.Connection[asyncpg.Record]", tutor: User, students: Sequence[Member | User]
) -> UUID:
    """An active class of `tutor` with these students; returns its id."""
    of = new_id()
    began = NOW - timedelta(days=100)
    row = (
        of, f"CLASS-{of.int % 10**6:06d}", "A class", "", "UTC", tutor.id, "active", began, began,
        new_id(), began, 3,
    )  # fmt: skip
    people = [(new_id(), of, one.id, one.code, "approved", began, began, 2) for one in students]
    await connection.copy_records_to_table("study_sessions", columns=OF_SESSION, records=[row])
    await connection.copy_records_to_table("memberships", columns=OF_MEMBER, records=people)
    return of


async def settle(connection: "asyncpg.Connection[asyncpg.Record]") -> None:
    """Lets the planner know what there is."""
    for table in TABLES:
        await connection.execute(f"VACUUM ANALYZE {table}")
