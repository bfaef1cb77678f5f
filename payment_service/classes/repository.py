"""Queries for the copy of classes."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from libs.events.session import (
    StudySessionActivated,
    StudySessionApproved,
    StudySessionCreated,
    StudySessionEvent,
    StudySessionRejected,
)
from payment_service.classes.errors import ClassNotFound
from payment_service.classes.models import ClassState, StudySession

ClassEvent = (
    StudySessionCreated | StudySessionApproved | StudySessionActivated | StudySessionRejected
)


async def save(session: AsyncSession, event: ClassEvent, state: ClassState) -> None:
    """Keeps a class as an event tells it, unless we already know something newer."""
    values = {
        "session_code": event.session_code,
        "tutor_id": event.tutor_id,
        "state": state.value,
        "revision": event.revision,
    }
    statement = insert(StudySession).values(id=event.study_session_id, **values)
    await session.execute(
        statement.on_conflict_do_update(
            index_elements=[StudySession.id],
            set_=values,
            where=StudySession.revision < event.revision,
        )
    )


async def note(session: AsyncSession, event: StudySessionEvent, **news: object) -> StudySession:
    """Keeps a class's owner, and what an event tells beside the state, unless we already know
    something newer; the class, locked. One of which we know nothing yet is added, so that what
    comes late does not bring the old owner back.
    """
    values = {"tutor_id": event.tutor_id, "revision": event.revision, **news}
    statement = insert(StudySession).values(
        id=event.study_session_id,
        session_code=event.session_code,
        state=ClassState.CREATED.value,
        **values,
    )
    await session.execute(
        statement.on_conflict_do_update(
            index_elements=[StudySession.id],
            set_=values,
            where=StudySession.revision < event.revision,
        )
    )
    return await lock(session, event.study_session_id)


async def reject(
    session: AsyncSession, event: StudySessionRejected, now: datetime
) -> tuple[StudySession, bool]:
    """Notes an admin's no, whatever else we know; the class, locked, and whether that is news."""
    await save(session, event, ClassState.REJECTED)
    row = await lock(session, event.study_session_id)
    if row.rejected_at is not None:
        return row, False
    row.rejected_at = now
    return row, True


async def get_own(session: AsyncSession, study_session_id: UUID, tutor_id: UUID) -> StudySession:
    """A tutor's own class. Raises `ClassNotFound` for a foreign one, too."""
    row = await session.scalar(
        select(StudySession).where(
            StudySession.id == study_session_id, StudySession.tutor_id == tutor_id
        )
    )
    if row is None:
        raise ClassNotFound
    return row


async def lock_own(session: AsyncSession, study_session_id: UUID, tutor_id: UUID) -> StudySession:
    """A tutor's own class, locked. Raises `ClassNotFound` for a foreign one, too."""
    row = await session.scalar(
        select(StudySession)
        .where(StudySession.id == study_session_id, StudySession.tutor_id == tutor_id)
        .with_for_update()
    )
    if row is None:
        raise ClassNotFound
    return row


async def lock(session: AsyncSession, study_session_id: UUID) -> StudySession:
    """A class, locked: for what the platform itself does. Raises `ClassNotFound`."""
    row = await session.get(
        StudySession, study_session_id, with_for_update=True, populate_existing=True
    )
    if row is None:
        raise ClassNotFound
    return row
