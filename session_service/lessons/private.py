"""Lessons of one student alone. Whoever books them has checked what may be, and tells of it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from libs import zones
from libs.ids import new_id
from session_service.lessons.errors import LessonNotFound
from session_service.lessons.models import Lesson, Series
from session_service.lessons.schemas import LessonState

ZONE = "UTC"
"""A lesson that does not repeat needs no wall time: each person's clients show it in their zone."""
TITLE = "One-to-one lesson"


@dataclass(frozen=True, slots=True)
class Wanted:
    """Who meets whom, when and for how long."""

    study_session_id: UUID
    teacher_id: UUID
    student_id: UUID
    starts_at: datetime
    minutes: int


async def add(session: AsyncSession, wanted: Wanted, now: datetime) -> Lesson:
    """Makes a lesson, and the series that every lesson has."""
    start = zones.to_wall(wanted.starts_at, ZONE)
    shared = {
        "study_session_id": wanted.study_session_id,
        "teacher_id": wanted.teacher_id,
        "student_id": wanted.student_id,
        "title": TITLE,
        "description": "",
        "local_start": start,
        "zone": ZONE,
        "sequence": 0,
        "revision": 1,
    }
    series = Series(
        id=new_id(),
        minutes=wanted.minutes,
        expanded_to=start,
        finished=True,
        tzdata=zones.version(),
        created_at=now,
        **shared,
    )
    session.add(series)
    await session.flush()
    lesson = Lesson(
        id=new_id(),
        series_id=series.id,
        recurrence_id=start,
        starts_at=wanted.starts_at,
        ends_at=wanted.starts_at + timedelta(minutes=wanted.minutes),
        state=LessonState.SCHEDULED.value,
        moved=False,
        reworded=False,
        hours_checked_at=now,
        **shared,
    )
    session.add(lesson)
    await session.flush()
    return lesson


async def lock(session: AsyncSession, lesson_id: UUID) -> Lesson:
    """A lesson whose booking was found with permission, locked. Raises `LessonNotFound`."""
    found = await session.scalar(select(Lesson).where(Lesson.id == lesson_id).with_for_update())
    if found is None:
        raise LessonNotFound
    return found


async def move(session: AsyncSession, lesson: Lesson, to: datetime, now: datetime) -> None:
    """Holds it at another time, as long as before. Raises `LessonBegun` or
    `LessonNotScheduled`.
    """
    lesson.check_ahead(now)
    lesson.check_scheduled()
    lesson.place(zones.to_wall(to, ZONE), ZONE, lesson.minutes)
    lesson.moved, lesson.hours_checked_at = True, now
    lesson.note_change()
    await session.flush()
