"""Queries for copies: what a class has, and what its copy gets. The caller has locked the class."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from session_service.base import Base
from session_service.folders.models import Folder
from session_service.lessons.models import Lesson, Series
from session_service.lessons.schemas import LessonState
from session_service.materials.models import Material
from session_service.materials.schemas import MaterialState
from session_service.tasks.models import Task


async def list_folders(session: AsyncSession, study_session_id: UUID) -> Sequence[Folder]:
    """A class's folders, in the order in which they were made."""
    found = await session.scalars(
        select(Folder).where(Folder.study_session_id == study_session_id).order_by(Folder.id)
    )
    return found.all()


async def list_materials(session: AsyncSession, study_session_id: UUID) -> Sequence[Material]:
    """A class's material, but for what is deleted or hangs on a lesson that a student has booked,
    in the order in which it was made.
    """
    found = await session.scalars(
        select(Material)
        .outerjoin(Lesson, Lesson.id == Material.lesson_id)
        .where(
            Material.study_session_id == study_session_id,
            Material.state != MaterialState.DELETED.value,
            Lesson.student_id.is_(None),
        )
        .order_by(Material.id)
    )
    return found.all()


async def list_series(session: AsyncSession, study_session_id: UUID) -> Sequence[Series]:
    """A class's series of which lessons take place, or would but for holidays, in the order in
    which they were made.
    """
    held = select(Lesson.series_id).where(
        Lesson.study_session_id == study_session_id,
        Lesson.student_id.is_(None),
        or_(Lesson.state == LessonState.SCHEDULED.value, Lesson.holiday_id.is_not(None)),
    )
    found = await session.scalars(select(Series).where(Series.id.in_(held)).order_by(Series.id))
    return found.all()


async def list_tasks(session: AsyncSession, study_session_id: UUID) -> Sequence[Task]:
    """A class's tasks, in the order in which they were set."""
    found = await session.scalars(
        select(Task).where(Task.study_session_id == study_session_id).order_by(Task.id)
    )
    return found.all()


async def add(session: AsyncSession, rows: Sequence[Base]) -> None:
    """Adds rows, by one statement for each table."""
    session.add_all(rows)
    await session.flush()
