"""What becomes of marks when work is late by other rules than before."""

from sqlalchemy.ext.asyncio import AsyncSession

from libs.events.session_tasks import (
    ExtensionGranted,
    ExtensionWithdrawn,
    TaskDueChanged,
    TaskLatePolicyChanged,
)
from session_service.submission_marks import lateness


async def on_extension(session: AsyncSession, event: ExtensionGranted | ExtensionWithdrawn) -> None:
    """A student's mark follows what is granted. Repeatable."""
    by = event.changed_by
    await lateness.follow(session, event.item_id, event.student_id, by, "extension")


async def on_due_changed(session: AsyncSession, event: TaskDueChanged) -> None:
    """Marks follow the due time. Repeatable."""
    await lateness.follow(session, event.task_id, None, event.changed_by, "due time")


async def on_policy_changed(session: AsyncSession, event: TaskLatePolicyChanged) -> None:
    """Marks follow the policy. Repeatable."""
    await lateness.follow(session, event.task_id, None, event.changed_by, "late policy")
