"""What becomes of open attempts when their assessment, or what a student is granted, changes."""

from sqlalchemy.ext.asyncio import AsyncSession

from libs.events.session_assessments import AssessmentClosed, AssessmentRescheduled
from libs.events.session_tasks import ExtensionGranted, ExtensionWithdrawn
from session_service.attempts import service


async def on_window_moved(
    session: AsyncSession, event: AssessmentRescheduled | AssessmentClosed
) -> None:
    """Deadlines follow the window. Repeatable."""
    await service.reschedule(session, event.assessment_id)


async def on_extension(session: AsyncSession, event: ExtensionGranted | ExtensionWithdrawn) -> None:
    """A student's deadline follows what is granted. Repeatable."""
    await service.reschedule(session, event.item_id, event.student_id)
