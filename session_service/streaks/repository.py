"""Queries for streaks, of the rows that progress is counted from. Permission is part of each."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Integer, Select, Uuid, and_, bindparam, case, func, null, or_, select

from libs.hot_reads import Query, Row
from libs.pagination import PageRequest
from session_service.memberships.models import Membership
from session_service.people.models import Person
from session_service.progress.facts import ONCE, UNTIL, facts
from session_service.progress.repository import HIGHEST, PLACES, Asked
from session_service.progress.schemas import Standing

_OF_CLASS = PLACES.where(Membership.study_session_id == bindparam("study_session_id", type_=Uuid()))
_PAGE = (
    _OF_CLASS.where(Membership.student_id < bindparam("after", type_=Uuid()))
    .order_by(Membership.student_id.desc())
    .limit(bindparam("rows", type_=Integer()))
)


def _due(of: Select[*tuple[Any, ...]]) -> Query:
    """How much was due at each instant for each student; each student has a row at least."""
    places = of.subquery("places")
    f = facts(places).subquery("facts")
    kept = f.c.standing == Standing.ON_TIME.value
    broken = or_(
        f.c.standing == Standing.LATE.value,
        f.c.standing == Standing.MISSING.value,
        and_(f.c.standing == Standing.OVERDUE.value, ~f.c.closing),
    )
    waiting = or_(f.c.closing, and_(f.c.standing == Standing.UPCOMING.value, f.c.due_at < UNTIL))
    counts = [
        func.count().filter(what).label(name)
        for name, what in (("kept", kept), ("broken", broken), ("waiting", waiting))
    ]
    grouped = (
        select(f.c.student_id, f.c.due_at, *counts)
        .group_by(f.c.student_id, f.c.due_at)
        .cte("grouped")
        .prefix_with(ONCE)
    )
    return Query(
        select(
            places.c.student_id.label("id"),
            places.c.student_code,
            case((places.c.helped, Person.name), else_=null()).label("student_name"),
            *(one for one in grouped.c if one.key != "student_id"),
        )
        .join(grouped, grouped.c.student_id == places.c.student_id)
        .outerjoin(Person, Person.account_id == places.c.student_id)
        .order_by(places.c.student_id.desc())
    )


_STUDENTS = _due(_PAGE)
_STUDENT = _due(_OF_CLASS.where(Membership.student_id == bindparam("student_id", type_=Uuid())))


async def list_students(asked: Asked, tomorrow: datetime, page: PageRequest) -> list[Row]:
    """What was due for the students whom the caller may see, student by student, of one student
    more than a page has. Work that is due before `tomorrow` counts as today's.
    """
    return await _STUDENTS.all(
        asked.reads, after=page.after or HIGHEST, rows=page.limit + 1, until=tomorrow,
        **asked.values(),
    )  # fmt: skip


async def list_student(asked: Asked, student_id: UUID, tomorrow: datetime) -> list[Row]:
    """What was due for one student: nothing if the caller may not see the student."""
    return await _STUDENT.all(
        asked.reads, until=tomorrow, **(asked.values() | {"student_id": student_id})
    )
