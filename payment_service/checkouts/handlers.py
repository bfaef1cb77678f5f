"""What other services' events mean for what can be paid."""

from sqlalchemy.ext.asyncio import AsyncSession

from libs.events.session import StudySessionRejected
from payment_service.checkouts import service


async def on_study_session_rejected(session: AsyncSession, event: StudySessionRejected) -> None:
    """What was paid goes back, and open checkouts are closed."""
    await service.reject(session, event)
