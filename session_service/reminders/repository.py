"""Queries for reminders: what they are for, and who needs one."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, Select, exists, select
from sqlalchemy.ext.asyncio import AsyncSession

from session_service.extensions.models import Extension
from session_service.marks.models import Mark
from session_service.memberships.models import Membership
from session_service.memberships.schemas import MembershipState
from session_service.study_sessions.models import StudySession
from session_service.study_sessions.schemas import State
from session_service.submissions.models import Submission
from session_service.tasks.models import Task

Found = tuple[Task, StudySession]
_OPEN = (StudySession.state == State.ACTIVE.value, StudySession.paused_at.is_(None))


async def list_tasks(session: AsyncSession, now: datetime, limit: int) -> Sequence[UUID]:
    """Tasks of open classes of which students are to be reminded by now, longest due first."""
    statement = (
        select(Task.id)
        .join(StudySession, StudySession.id == Task.study_session_id)
        .where(Task.remind_at <= now, *_OPEN)
    )
    return (await session.scalars(statement.order_by(Task.remind_at).limit(limit))).all()


async def list_extensions(session: AsyncSession, now: datetime, limit: int) -> Sequence[UUID]:
    """Extensions for tasks of which students are to be reminded by now, longest due first."""
    statement = (
        select(Extension.id)
        .join(StudySession, StudySession.id == Extension.study_session_id)
        .join(Task, Task.id == Extension.item_id)
        .where(Extension.remind_at <= now, *_OPEN)
    )
    return (await session.scalars(statement.order_by(Extension.remind_at).limit(limit))).all()


async def lock_task(session: AsyncSession, task_id: UUID, now: datetime) -> Found | None:
    """A task of which students are to be reminded still, locked, and its class."""
    return await _first(
        session,
        select(Task, StudySession)
        .join(StudySession, StudySession.id == Task.study_session_id)
        .where(Task.id == task_id, Task.remind_at <= now)
        .with_for_update(of=Task),
    )


async def lock_extension(
    session: AsyncSession, extension_id: UUID, now: datetime
) -> tuple[Extension, Found] | None:
    """An extension of which its student is to be reminded still, locked; its task and class."""
    extension = await session.scalar(
        select(Extension)
        .where(Extension.id == extension_id, Extension.remind_at <= now)
        .with_for_update()
    )
    if extension is None:
        return None
    found = await _first(
        session,
        select(Task, StudySession)
        .join(StudySession, StudySession.id == Task.study_session_id)
        .where(Task.id == extension.item_id),
    )
    return (extension, found) if found else None


async def _first(session: AsyncSession, statement: Select[Task, StudySession]) -> Found | None:
    row = (await session.execute(statement)).first()
    return (row[0], row[1]) if row else None


async def list_idle(session: AsyncSession, task: Task) -> Sequence[UUID]:
    """The students of a task's class who have not handed in anything and have no later due time
    of their own, in order.
    """
    own = exists().where(
        Extension.item_id == task.id,
        Extension.student_id == Membership.student_id,
        Extension.due_at > task.due_at,
    )
    return await _students(session, task, ~own)


async def is_idle(session: AsyncSession, task: Task, student_id: UUID) -> bool:
    """Whether a student is in the class still and has not handed in anything."""
    return bool(await _students(session, task, Membership.student_id == student_id))


async def _students(
    session: AsyncSession, task: Task, which: ColumnElement[bool]
) -> Sequence[UUID]:
    work = exists().where(
        Submission.task_id == task.id, Submission.student_id == Membership.student_id
    )
    excused = exists().where(
        Mark.item_id == task.id, Mark.student_id == Membership.student_id, Mark.excused
    )
    statement = (
        select(Membership.student_id)
        .where(
            Membership.study_session_id == task.study_session_id,
            Membership.state == MembershipState.APPROVED.value,
            ~work,
            ~excused,
            which,
        )
        .order_by(Membership.student_id)
    )
    return (await session.scalars(statement)).all()
