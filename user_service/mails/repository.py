"""Queries for mails."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from user_service.mails.models import OutgoingMail


async def add(session: AsyncSession, mail: OutgoingMail) -> None:
    """Adds a mail."""
    session.add(mail)
    await session.flush()


async def find(session: AsyncSession, mail_id: UUID) -> OutgoingMail | None:
    """A mail by id."""
    return await session.get(OutgoingMail, mail_id)


async def has_since(session: AsyncSession, account_id: UUID, kind: str, instant: datetime) -> bool:
    """Whether a mail of a kind was asked for, for an account, after an instant."""
    found = select(OutgoingMail.id).where(
        OutgoingMail.account_id == account_id,
        OutgoingMail.kind == kind,
        OutgoingMail.created_at > instant,
    )
    return await session.scalar(found.limit(1)) is not None


async def remove_before(session: AsyncSession, instant: datetime) -> None:
    """Forgets mails that were asked for before an instant, sent or not: a mail so late is no
    use.
    """
    await session.execute(delete(OutgoingMail).where(OutgoingMail.created_at < instant))


async def remove(session: AsyncSession, mail: OutgoingMail) -> None:
    """Forgets a mail."""
    await session.delete(mail)
    await session.flush()


async def remove_kinds_before(
    session: AsyncSession, kinds: Collection[str], instant: datetime
) -> None:
    """Forgets mails of some kinds that were asked for before an instant."""
    await session.execute(
        delete(OutgoingMail).where(OutgoingMail.kind.in_(kinds), OutgoingMail.created_at < instant)
    )
