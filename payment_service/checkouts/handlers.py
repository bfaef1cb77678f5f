"""What other services' events mean for what can be paid."""

from sqlalchemy.ext.asyncio import AsyncSession

from libs.events.session import (
    StudySessionEnded,
    StudySessionOwnerChanged,
    StudySessionRejected,
)
from payment_service.checkouts import service


async def on_study_session_rejected(session: AsyncSession, event: StudySessionRejected) -> None:
    """What was paid goes back, and open checkouts are closed."""
    await service.reject(session, event)


async def on_study_session_owner_changed(
    session: AsyncSession, event: StudySessionOwnerChanged
) -> None:
    """Somebody else may pay for it: the old owner's checkout is closed."""
    await service.hand_over(session, event)


async def on_study_session_ended(session: AsyncSession, event: StudySessionEnded) -> None:
    """It is over: nobody can pay for it any more."""
    await service.end(session, event)
