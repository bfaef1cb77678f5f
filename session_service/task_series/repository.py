"""Queries for tasks that repeat. Permission is part of every query."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, Uuid, bindparam, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from libs.auth import Principal
from libs.hot_reads import PageQuery, RowPage, columns_of
from libs.pagination import PageRequest
from libs.postgres import Reads
from session_service.class_roles.models import taught_by
from session_service.class_roles.schemas import HELPERS
from session_service.study_sessions.models import StudySession
from session_service.study_sessions.schemas import State
from session_service.task_series.errors import TaskSeriesNotFound
from session_service.task_series.models import TaskSeries
from session_service.task_series.schemas import TaskSeriesOut

Found = tuple[TaskSeries, StudySession]
_PAGE = PageQuery(
    select(*columns_of(TaskSeries, TaskSeriesOut)).where(
        taught_by(bindparam("caller", type_=Uuid()), HELPERS, TaskSeries.study_session_id)
    ),
    TaskSeries.id,
    {"study_session_id": TaskSeries.study_session_id == bindparam("study_session_id")},
)


async def add(session: AsyncSession, series: TaskSeries) -> None:
    """Adds a series."""
    session.add(series)
    await session.flush()


async def count_going_on(session: AsyncSession, study_session_id: UUID) -> int:
    """How many series of a class go on; whoever else adds one waits until this transaction ends."""
    await session.execute(
        select(StudySession.id).where(StudySession.id == study_session_id).with_for_update()
    )
    statement = select(func.count()).where(
        TaskSeries.study_session_id == study_session_id, TaskSeries.next_publish_at.is_not(None)
    )
    return (await session.execute(statement)).scalar_one()


async def get_for(session: AsyncSession, user: Principal, series_id: UUID) -> TaskSeries:
    """A series in a class in which the caller teaches or helps. Raises `TaskSeriesNotFound`."""
    rights = taught_by(user.account_id, HELPERS, TaskSeries.study_session_id)
    found = await session.scalar(select(TaskSeries).where(TaskSeries.id == series_id, rights))
    if found is None:
        raise TaskSeriesNotFound
    return found


async def lock_taught(session: AsyncSession, user: Principal, series_id: UUID) -> Found:
    """A series in a class that the caller teaches, locked, and the class. Raises
    `TaskSeriesNotFound`.
    """
    found = await _lock(session, TaskSeries.id == series_id, taught_by(user.account_id))
    if found is None:
        raise TaskSeriesNotFound
    return found


async def lock_due(session: AsyncSession, series_id: UUID, now: datetime) -> Found | None:
    """A series of an open class that has a task to be set still, locked, and the class."""
    found = await _lock(session, TaskSeries.id == series_id, TaskSeries.next_publish_at <= now)
    return found if found and found[1].is_open else None


async def _lock(session: AsyncSession, *which: ColumnElement[bool]) -> Found | None:
    statement = (
        select(TaskSeries, StudySession)
        .join(StudySession, StudySession.id == TaskSeries.study_session_id)
        .where(*which)
        .with_for_update(of=TaskSeries)
    )
    row = (await session.execute(statement)).first()
    return (row[0], row[1]) if row else None


async def list_due(session: AsyncSession, now: datetime, limit: int) -> Sequence[UUID]:
    """Series of open classes with a task to be set by now, longest due first."""
    statement = (
        select(TaskSeries.id)
        .join(StudySession, StudySession.id == TaskSeries.study_session_id)
        .where(
            TaskSeries.next_publish_at <= now,
            StudySession.state == State.ACTIVE.value,
            StudySession.paused_at.is_(None),
        )
        .order_by(TaskSeries.next_publish_at)
        .limit(limit)
    )
    return (await session.scalars(statement)).all()


async def list_page(
    reads: Reads, user: Principal, page: PageRequest, study_session_id: UUID | None
) -> RowPage:
    """Series of classes in which the caller teaches or helps, newest first."""
    return await _PAGE.page(reads, page, caller=user.account_id, study_session_id=study_session_id)
