"""What the class's own changes mean for those who wait for a seat."""

from sqlalchemy.ext.asyncio import AsyncSession

from libs.events.session import (
    StudySessionChanged,
    StudySessionRestored,
    StudySessionResumed,
)
from session_service.memberships import service
from session_service.study_sessions import repository as study_sessions


async def on_seats_freed(
    session: AsyncSession,
    event: StudySessionChanged | StudySessionResumed | StudySessionRestored,
) -> None:
    """Lets in those who wait: the class may have more seats now, or gives seats again."""
    found = await study_sessions.lock(session, event.study_session_id)
    await service.fill_seats(session, found, session.info["clock"].now())
