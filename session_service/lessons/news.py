"""What events about lessons say."""

from datetime import datetime
from typing import TypedDict
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from session_service.lessons import repository
from session_service.lessons.models import Lesson
from session_service.study_sessions.models import Taught


class ClassFields(TypedDict):
    """Fields of every event about lessons."""

    study_session_id: UUID
    session_code: str
    told_ids: tuple[UUID, ...]


class LessonFields(ClassFields):
    """Fields of events about one lesson."""

    lesson_id: UUID
    series_id: UUID
    tutor_id: UUID
    starts_at: datetime
    ends_at: datetime
    revision: int


class SeriesFields(ClassFields):
    """Fields of events about many lessons of a series."""

    series_id: UUID
    tutor_id: UUID
    lesson_ids: tuple[UUID, ...]
    starts_at: datetime
    revision: int


async def about(session: AsyncSession, of: Taught, by: UUID | None) -> ClassFields:
    """The fields for something that was done by somebody, or by nobody."""
    return {
        "study_session_id": of.study_session_id,
        "session_code": of.session_code,
        "told_ids": await repository.list_told(session, of.study_session_id, by),
    }


async def about_lesson(
    session: AsyncSession, of: Taught, lesson: Lesson, by: UUID | None
) -> LessonFields:
    """The fields for something that was done to a lesson."""
    return {
        **await about(session, of, by),
        "lesson_id": lesson.id,
        "series_id": lesson.series_id,
        "tutor_id": of.tutor_id,
        "starts_at": lesson.starts_at,
        "ends_at": lesson.ends_at,
        "revision": lesson.revision,
    }
