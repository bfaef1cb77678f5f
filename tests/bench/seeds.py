"""Rows that the benches work on, the same in every run (docs/performance.md)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from uuid import UUID

import asyncpg
from argon2 import PasswordHasher

from libs.clock import SystemClock
from libs.ids import new_id
from tests.stack import User

ACCOUNTS = 1_000
PASSWORD = "correct horse battery staple"
STUDENTS = 100
TASKS = 60
NOW = SystemClock().now()


@dataclass(frozen=True)
class World:
    """Ids of a seeded class and its tasks."""

    study_session_id: UUID
    task_ids: list[UUID]


async def accounts(dsn: str, count: int) -> list[tuple[str, str]]:
    """Adds accounts that all have the password `PASSWORD`; returns (id, user name) of each."""
    encoded = PasswordHasher(time_cost=1, memory_cost=46 * 1024, parallelism=1).hash(PASSWORD)
    rows = []
    for n in range(count):
        name = f"student_{n:05d}"
        rows.append(
            (
                new_id(), f"STUDE-{n:07d}", name, name, f"{name}@bench.example",
                f"{name}@bench.example", "Student", f"Number {n}", "student", "en", "UTC", encoded,
                NOW, 1,
            )
        )  # fmt: skip
    columns = (
        "id", "user_code", "username", "username_key", "email", "email_key", "first_name",
        "last_name", "role", "locale", "zone", "password_hash", "created_at", "revision",
    )  # fmt: skip
    await _copy(dsn, {"accounts": (columns, rows)})
    return [(str(row[0]), str(row[2])) for row in rows]


async def classes(dsn: str, tutor: User, students: list[User]) -> World:
    """Adds an active class of `tutor` with all `students` in it and `TASKS` tasks, and nine other
    classes with as many tasks, of which each student attends one.
    """
    ids = [new_id() for _ in range(10)]
    sessions = [
        (
            one, f"CLASS-{n:06d}", f"Class {n}", "A class.", "UTC",
            tutor.id if n == 0 else new_id(), "active", NOW, NOW, new_id(), NOW, 3,
        )
        for n, one in enumerate(ids)
    ]  # fmt: skip
    members = [
        (new_id(), one, student.id, student.code, "approved", NOW, NOW, 2)
        for n, student in enumerate(students)
        for one in (ids[0], ids[1 + n % 9])
    ]
    tasks = [
        (
            new_id(), one, f"Task {n}", ("Solve the exercises of the chapter. " * 5).strip(),
            Decimal("10.00"), NOW + timedelta(days=30 + n), NOW + timedelta(seconds=n), 1,
        )
        for n in range(TASKS)
        for one in ids
    ]  # fmt: skip
    of_session = (
        "id", "session_code", "name", "description", "zone", "tutor_id", "state", "paid_at",
        "approved_at", "approved_by", "created_at", "revision",
    )  # fmt: skip
    of_member = (
        "id", "study_session_id", "student_id", "student_code", "state", "requested_at",
        "approved_at", "revision",
    )  # fmt: skip
    of_task = (
        "id", "study_session_id", "title", "description", "points", "due_at", "created_at",
        "revision",
    )  # fmt: skip
    await _copy(
        dsn,
        {
            "study_sessions": (of_session, sessions),
            "memberships": (of_member, members),
            "tasks": (of_task, tasks),
        },
    )
    return World(ids[0], [UUID(str(task[0])) for task in tasks if task[1] == ids[0]])


async def _copy(
    dsn: str, tables: Mapping[str, tuple[Sequence[str], Sequence[Sequence[object]]]]
) -> None:
    connection = await asyncpg.connect(dsn)
    try:
        for table, (columns, rows) in tables.items():
            await connection.copy_records_to_table(table, columns=columns, records=rows)
            await connection.execute(f"ANALYZE {table}")
    finally:
        await connection.close()
