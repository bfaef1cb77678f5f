"""Queries for changes of address."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from user_service.email_changes.errors import EmailChangeNotFound
from user_service.email_changes.models import EmailChange


async def add(session: AsyncSession, change: EmailChange) -> None:
    """Adds a change."""
    session.add(change)
    await session.flush()


async def find(session: AsyncSession, change_id: UUID) -> EmailChange | None:
    """A change by id."""
    return await session.get(EmailChange, change_id)


async def get_open(session: AsyncSession, account_id: UUID, change_id: UUID) -> EmailChange:
    """An account's newest change, locked, if it is this one and waits. Raises
    `EmailChangeNotFound`.
    """
    newest = (
        select(EmailChange.id)
        .where(EmailChange.account_id == account_id)
        .order_by(EmailChange.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    change = await session.scalar(
        select(EmailChange)
        .where(EmailChange.id == change_id, EmailChange.id == newest, EmailChange.done_at.is_(None))
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if change is None:
        raise EmailChangeNotFound
    return change
