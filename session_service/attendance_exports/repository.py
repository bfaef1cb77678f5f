"""Queries for exports of attendance."""

from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from libs.auth import Principal
from session_service.attendance.models import Attendance
from session_service.attendance_exports.errors import AttendanceExportNotFound
from session_service.attendance_exports.models import LIVES, AttendanceExport
from session_service.class_roles.models import taught_by
from session_service.class_roles.schemas import HELPERS
from session_service.lessons.models import Lesson
from session_service.memberships.models import Membership
from session_service.people.models import Person
from session_service.study_sessions.errors import StudySessionNotFound
from session_service.study_sessions.models import StudySession

CHUNK = 500


async def check_helped(session: AsyncSession, user: Principal, study_session_id: UUID) -> None:
    """Raises `StudySessionNotFound` unless the caller teaches or helps in the class."""
    found = await session.scalar(
        select(StudySession.id).where(
            StudySession.id == study_session_id, taught_by(user.account_id, HELPERS)
        )
    )
    if found is None:
        raise StudySessionNotFound


async def add(session: AsyncSession, export: AttendanceExport) -> None:
    """Adds an export."""
    session.add(export)
    await session.flush()


async def get_own(
    session: AsyncSession, user: Principal, export_id: UUID, now: datetime
) -> AttendanceExport:
    """One's own export of a class in which one teaches or helps still. Raises
    `AttendanceExportNotFound`.
    """
    found = await session.scalar(
        select(AttendanceExport).where(
            AttendanceExport.id == export_id,
            AttendanceExport.asked_by == user.account_id,
            AttendanceExport.asked_at > now - LIVES,
            taught_by(user.account_id, HELPERS, AttendanceExport.study_session_id),
        )
    )
    if found is None:
        raise AttendanceExportNotFound
    return found


async def lock(session: AsyncSession, export_id: UUID) -> AttendanceExport | None:
    """An export as it is now, locked, for jobs."""
    return await session.get(
        AttendanceExport, export_id, with_for_update=True, populate_existing=True
    )


async def zone_of(session: AsyncSession, study_session_id: UUID) -> str:
    """A class's zone."""
    return (await session.get_one(StudySession, study_session_id)).zone


async def stream(session: AsyncSession, study_session_id: UUID) -> AsyncIterator[Any]:
    """A class's attendance by lesson and student, in chunks."""
    statement = (
        select(
            Lesson.title, Lesson.starts_at, Membership.student_code, Person.name, Attendance.state,
            Attendance.came_late, Attendance.left_early, Attendance.minutes, Attendance.source,
            Attendance.override,
        )
        .join(Lesson, Lesson.id == Attendance.lesson_id)
        .outerjoin(
            Membership,
            (Membership.study_session_id == Attendance.study_session_id)
            & (Membership.student_id == Attendance.student_id),
        )
        .outerjoin(Person, Person.account_id == Attendance.student_id)
        .where(Attendance.study_session_id == study_session_id)
        .order_by(Lesson.starts_at, Membership.student_code, Attendance.id)
    )  # fmt: skip
    async for row in await session.stream(statement, execution_options={"yield_per": CHUNK}):
        yield row


async def list_old(
    session: AsyncSession, before: datetime, limit: int
) -> Sequence[AttendanceExport]:
    """Exports that were asked for before an instant, oldest first."""
    statement = (
        select(AttendanceExport)
        .where(AttendanceExport.asked_at <= before)
        .order_by(AttendanceExport.asked_at)
        .limit(limit)
    )
    return (await session.scalars(statement)).all()


async def remove(session: AsyncSession, export_id: UUID) -> None:
    """Forgets an export."""
    await session.execute(delete(AttendanceExport).where(AttendanceExport.id == export_id))
