"""Queries for mails."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncSession

from user_service.mails.models import OutgoingMail


async def add(session: AsyncSession, mail: OutgoingMail) -> None:
    """Adds a mail."""
    session.add(mail)
    await session.flush()


async def find(session: AsyncSession, mail_id: UUID) -> OutgoingMail | None:
    """A mail by id."""
    return await session.get(OutgoingMail, mail_id)


async def remove_before(session: AsyncSession, instant: datetime) -> None:
    """Forgets mails that were asked for before an instant, sent or not: a mail so late is no
    use.
    """
    await session.execute(delete(OutgoingMail).where(OutgoingMail.created_at < instant))
