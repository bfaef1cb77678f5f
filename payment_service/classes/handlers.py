"""Keeps the copy of classes up to date. Events may come twice or out of order."""

from sqlalchemy.ext.asyncio import AsyncSession

from libs.events.session import (
    StudySessionApproved,
    StudySessionCreated,
)
from payment_service.classes import repository
from payment_service.classes.models import ClassState


async def on_study_session_created(session: AsyncSession, event: StudySessionCreated) -> None:
    """A class exists and may be paid for."""
    await repository.save(session, event, ClassState.CREATED)


async def on_study_session_approved(session: AsyncSession, event: StudySessionApproved) -> None:
    """An admin has approved it."""
    await repository.save(session, event, ClassState.APPROVED)
