"""Queries for logins."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from user_service.accounts.models import Account
from user_service.logins.models import Login


async def add(session: AsyncSession, login: Login) -> None:
    """Adds a login."""
    session.add(login)
    await session.flush()


async def lock(
    session: AsyncSession, login_id: UUID, now: datetime
) -> tuple[Login, Account] | None:
    """A living login and its account; the login is locked."""
    row = (
        await session.execute(
            select(Login, Account)
            .join(Account, Account.id == Login.account_id)
            .where(Login.id == login_id, Login.revoked_at.is_(None), Login.expires_at > now)
            .with_for_update(of=Login)
        )
    ).first()
    return (row[0], row[1]) if row else None


async def revoke(session: AsyncSession, login_id: UUID, now: datetime) -> None:
    """Ends a login."""
    await session.execute(
        update(Login).where(Login.id == login_id, Login.revoked_at.is_(None)).values(revoked_at=now)
    )


async def list_revoked(session: AsyncSession, since: datetime) -> Sequence[tuple[UUID, datetime]]:
    """Ids and ends of logins that ended after an instant."""
    rows = await session.execute(select(Login.id, Login.revoked_at).where(Login.revoked_at > since))
    return [(login_id, revoked_at) for login_id, revoked_at in rows if revoked_at is not None]


async def list_blocked(session: AsyncSession) -> Sequence[UUID]:
    """Accounts that are blocked."""
    return (await session.scalars(select(Account.id).where(Account.blocked_at.is_not(None)))).all()
