"""What becomes of a class, for what is paid. Events may come twice or out of order."""

from sqlalchemy.ext.asyncio import AsyncSession

from libs.events.session import StudySessionActivated, StudySessionPaused, StudySessionResumed
from payment_service.classes import repository as classes
from payment_service.classes.models import ClassState
from payment_service.subscriptions import service

OWNER = "owner"
"""The cause of a pause during which time goes on."""


async def on_study_session_activated(session: AsyncSession, event: StudySessionActivated) -> None:
    """It is approved and paid for: the first period begins."""
    await classes.save(session, event, ClassState.ACTIVE)
    study_session = await classes.lock(session, event.study_session_id)
    at = event.occurred_at or session.info["clock"].now()
    await service.activate(session, study_session, at)


async def on_study_session_paused(session: AsyncSession, event: StudySessionPaused) -> None:
    """Time stands still, unless the owner wished for the pause."""
    study_session = await classes.note(session, event, keeps_time=event.cause != OWNER)
    await service.keep_time(session, study_session, session.info["clock"].now())


async def on_study_session_resumed(session: AsyncSession, event: StudySessionResumed) -> None:
    """Time goes on, later by what the pauses have kept."""
    study_session = await classes.note(session, event, keeps_time=False)
    study_session.kept_seconds = max(study_session.kept_seconds, event.kept_seconds)
    await service.keep_time(session, study_session, session.info["clock"].now())
