"""What becomes of series when something happens to their class."""

from sqlalchemy.ext.asyncio import AsyncSession

from libs.events.session import StudySessionEnded
from session_service.series import service


async def on_study_session_ended(session: AsyncSession, event: StudySessionEnded) -> None:
    """Lessons ahead are cancelled, and no more are made. Repeatable."""
    await service.end_all(session, event.study_session_id)
