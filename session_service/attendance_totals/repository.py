"""Queries for totals. Permission is part of every query."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, DateTime, bindparam, func, select

from libs.auth import Principal
from libs.hot_reads import PageQuery, RowPage
from libs.pagination import PageRequest
from libs.postgres import Reads
from session_service.attendance.models import Attendance
from session_service.attendance.repository import NAME, VISIBLE
from session_service.attendance.schemas import AttendanceState
from session_service.lessons.models import Lesson
from session_service.people.models import Person


def _count(state: AttendanceState) -> ColumnElement[Any]:
    return func.count().filter(Attendance.state == state.value).label(state.value)


_TOTALS = PageQuery(
    select(
        Attendance.student_id.label("id"),
        func.max(NAME).label("student_name"),
        *(_count(state) for state in AttendanceState),
        func.coalesce(func.sum(Attendance.minutes), 0).label("minutes"),
    )
    .join(Lesson, Lesson.id == Attendance.lesson_id)
    .outerjoin(Person, Person.account_id == Attendance.student_id)
    .where(
        Attendance.study_session_id == bindparam("study_session_id"),
        Lesson.ends_at <= bindparam("now", type_=DateTime(timezone=True)),
        VISIBLE,
    )
    .group_by(Attendance.student_id),
    Attendance.student_id,
)


async def list_page(
    reads: Reads, user: Principal, study_session_id: UUID, now: datetime, page: PageRequest
) -> RowPage:
    """How often each student was what, of those whom the caller may see."""
    return await _TOTALS.page(
        reads, page, caller=user.account_id, study_session_id=study_session_id, now=now
    )
