"""Reminders of work: a day before it is due, once, to those who have handed in nothing (R22)."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from libs import outbox
from libs.events.session_tasks import TaskDueSoon
from session_service.reminders import repository
from session_service.reminders.repository import Found


async def remind_of_task(session: AsyncSession, task_id: UUID) -> None:
    """Tells the students of a task, unless somebody has done so, or it is due by now."""
    now: datetime = session.info["clock"].now()
    found = await repository.lock_task(session, task_id, now)
    if found is None:
        return
    found[0].remind_at = None
    if found[0].due_at > now:
        idle = await repository.list_idle(session, found[0])
        await _tell(session, found, found[0].due_at, idle)


async def remind_of_extension(session: AsyncSession, extension_id: UUID) -> None:
    """The same for one student with a due time of the student's own."""
    now: datetime = session.info["clock"].now()
    locked = await repository.lock_extension(session, extension_id, now)
    if locked is None:
        return
    extension, found = locked
    extension.remind_at = None
    due_at, student_id = extension.due_at, extension.student_id
    later = due_at is not None and due_at > max(now, found[0].due_at)
    if due_at and later and await repository.is_idle(session, found[0], student_id):
        await _tell(session, found, due_at, [student_id])


async def _tell(
    session: AsyncSession, found: Found, due_at: datetime, student_ids: Sequence[UUID]
) -> None:
    task, study_session = found
    if student_ids:
        event = TaskDueSoon(
            study_session_id=study_session.id,
            session_code=study_session.session_code,
            task_id=task.id,
            due_at=due_at,
            student_ids=tuple(student_ids),
            revision=task.revision,
        )
        await outbox.publish(session, event)
