"""A blocked or leaving tutor's classes pause, with the time kept (S1)."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from libs.events.session import StudySessionPaused
from session_service.owner_holds import repository
from session_service.owner_holds.models import OwnerHold
from session_service.study_sessions import repository as study_sessions
from session_service.study_sessions import service as classes
from session_service.study_sessions.schemas import PauseCause


async def note(session: AsyncSession, hold: OwnerHold, at: datetime) -> None:
    """Pauses the classes of an account that is held, or resumes those that this cause alone has
    paused. Repeatable; old news changes nothing.
    """
    await repository.keep_still(session, hold.account_id)
    if not await repository.save(session, hold):
        return
    cause = PauseCause(hold.cause)
    for found in await study_sessions.lock_pausable(session, hold.account_id):
        if not hold.holds:
            await classes.go_on(session, found, [cause], at)
        elif found.pause(cause, at):
            await classes.tell(session, found, StudySessionPaused, cause=cause, paused_at=at)
