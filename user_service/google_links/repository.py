"""Queries for Google's identities."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from user_service.google_links.models import GoogleIdentity


async def find_account_id(session: AsyncSession, subject: str) -> UUID | None:
    """Whose a Google account is."""
    return await session.scalar(
        select(GoogleIdentity.account_id).where(GoogleIdentity.subject == subject)
    )


async def find_subject(session: AsyncSession, account_id: UUID) -> str | None:
    """Which Google account an account is linked with."""
    return await session.scalar(
        select(GoogleIdentity.subject).where(GoogleIdentity.account_id == account_id)
    )


async def link(session: AsyncSession, subject: str, account_id: UUID, now: datetime) -> bool:
    """Links a Google account to an account that has none; whether that was so, or they are linked
    already.
    """
    wanted = {"subject": subject, "account_id": account_id, "linked_at": now}
    await session.execute(insert(GoogleIdentity).values(wanted).on_conflict_do_nothing())
    return await find_account_id(session, subject) == account_id


async def unlink(session: AsyncSession, account_id: UUID) -> bool:
    """Removes an account's link; false if there was none."""
    gone = await session.scalars(
        delete(GoogleIdentity)
        .where(GoogleIdentity.account_id == account_id)
        .returning(GoogleIdentity.subject)
    )
    return bool(gone.all())
