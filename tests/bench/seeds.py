"""Rows that the benches work on, the same in every run (docs/performance.md)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from uuid import UUID

import asyncpg
from argon2 import PasswordHasher

from libs import zones
from libs.clock import SystemClock
from libs.ids import new_id
from tests.stack import User

ACCOUNTS = 1_000
PASSWORD = "correct horse battery staple"
STUDENTS = 100
TASKS = 60
NOW = SystemClock().now()
TODAY = NOW.replace(hour=0, minute=0, second=0, microsecond=0)
CLASSES, OWNED, ATTENDED, WEEKS = 100, 40, 10, 60
"""In timetables: all classes, those of one tutor, those of each student; and for how many weeks
each has two lessons a week.
"""
ZONE = "Asia/Kolkata"
WORDS = ("Bring the book and what you have worked out. " * 3).strip()
OF_SESSION = (
    "id", "session_code", "name", "description", "zone", "tutor_id", "state", "paid_at",
    "approved_at", "approved_by", "created_at", "revision",
)  # fmt: skip
OF_MEMBER = (
    "id", "study_session_id", "student_id", "student_code", "state", "requested_at", "approved_at",
    "revision",
)  # fmt: skip
OF_SERIES = (
    "id", "study_session_id", "title", "description", "local_start", "zone", "rule", "minutes",
    "expanded_to", "finished", "tzdata", "created_at", "sequence", "revision",
)  # fmt: skip
OF_LESSON = (
    "id", "series_id", "study_session_id", "recurrence_id", "title", "description", "local_start",
    "zone", "starts_at", "ends_at", "state", "moved", "reworded", "hours_checked_at", "sequence",
    "revision",
)  # fmt: skip


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
        (new_id(), one, *_approved(student))
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
    of_task = (
        "id", "study_session_id", "title", "description", "points", "due_at", "created_at",
        "revision",
    )  # fmt: skip
    await _copy(
        dsn,
        {
            "study_sessions": (OF_SESSION, sessions),
            "memberships": (OF_MEMBER, members),
            "tasks": (of_task, tasks),
        },
    )
    return World(ids[0], [UUID(str(task[0])) for task in tasks if task[1] == ids[0]])


async def timetables(dsn: str, tutor: User, students: list[User]) -> None:
    """Adds `CLASSES` active classes with two lessons a week each, the first `OWNED` of them of
    `tutor`; each student attends `ATTENDED` of all.
    """
    ids = [new_id() for _ in range(CLASSES)]
    sessions = [
        (
            one, f"CLASS-{n:06d}", f"Class {n}", "A class.", ZONE,
            tutor.id if n < OWNED else new_id(), "active", NOW, NOW, new_id(), NOW, 3,
        )
        for n, one in enumerate(ids)
    ]  # fmt: skip
    members = [
        (new_id(), ids[(n + CLASSES // ATTENDED * k) % CLASSES], *_approved(student))
        for n, student in enumerate(students)
        for k in range(ATTENDED)
    ]
    series = [(new_id(), one, *_weekly(n)) for n, one in enumerate(ids)]
    tables: Mapping[str, tuple[Sequence[str], Sequence[Sequence[object]]]] = {
        "study_sessions": (OF_SESSION, sessions),
        "memberships": (OF_MEMBER, members),
        "lesson_series": (OF_SERIES, series),
        "lessons": (OF_LESSON, [one for n, made in enumerate(series) for one in _lessons(n, made)]),
    }
    await _copy(dsn, tables)


def _approved(student: User) -> tuple[object, ...]:
    return student.id, student.code, "approved", NOW, NOW, 2


def _weekly(n: int) -> tuple[object, ...]:
    start = TODAY.replace(tzinfo=None) + timedelta(days=n % 7, hours=8 + n % 10)
    rule = "FREQ=WEEKLY;INTERVAL=1"
    return (
        "Mathematics", WORDS, start, ZONE, rule, 60, start + timedelta(weeks=WEEKS), False, "2026a",
        NOW, 0, 1,
    )  # fmt: skip


def _lessons(n: int, series: tuple[object, ...]) -> Iterator[tuple[object, ...]]:
    """Two a week of a series, three days apart."""
    first = TODAY.replace(tzinfo=None) + timedelta(days=n % 7, hours=8 + n % 10)
    for week in range(WEEKS):
        for day in (0, 3):
            at = first + timedelta(weeks=week, days=day)
            begin = zones.to_instant(at, ZONE)
            yield (
                new_id(), *series[:2], at, "Mathematics", WORDS, at, ZONE, begin,
                begin + timedelta(hours=1), "scheduled", False, False, NOW, 0, 1,
            )  # fmt: skip


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
