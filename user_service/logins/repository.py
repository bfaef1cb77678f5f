"""Queries for logins."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, and_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from libs.pagination import PageRequest, newest_first
from user_service.accounts.models import Account
from user_service.logins.devices import Device
from user_service.logins.errors import LoginNotFound
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


def _living(account_id: UUID, now: datetime) -> ColumnElement[bool]:
    return and_(Login.account_id == account_id, Login.revoked_at.is_(None), Login.expires_at > now)


async def list_page(
    session: AsyncSession, account_id: UUID, now: datetime, page: PageRequest
) -> Sequence[Login]:
    """Living logins of an account, newest first."""
    rows = newest_first(select(Login).where(_living(account_id, now)), Login.id, page)
    return (await session.scalars(rows)).all()


async def get_own(session: AsyncSession, account_id: UUID, login_id: UUID, now: datetime) -> Login:
    """A living login of an account, locked. Raises `LoginNotFound`."""
    wanted = select(Login).where(_living(account_id, now), Login.id == login_id)
    login = await session.scalar(wanted.with_for_update())
    if login is None:
        raise LoginNotFound
    return login


async def revoke(session: AsyncSession, login_id: UUID, now: datetime) -> None:
    """Ends a login."""
    await session.execute(
        update(Login).where(Login.id == login_id, Login.revoked_at.is_(None)).values(revoked_at=now)
    )


async def revoke_all(
    session: AsyncSession, account_id: UUID, now: datetime, but: UUID | None
) -> int:
    """Ends all logins of an account but one; returns how many."""
    ended = await session.scalars(
        update(Login)
        .where(_living(account_id, now), Login.id.is_distinct_from(but))
        .values(revoked_at=now)
        .returning(Login.id)
    )
    return len(ended.all())


async def forget_devices(
    session: AsyncSession, account_id: UUID, *, but: UUID | None = None
) -> None:
    """Makes all devices of an account unknown, but that of one login."""
    kept = select(Login.device_id).where(Login.id == but).scalar_subquery()
    await session.execute(
        update(Login)
        .where(Login.account_id == account_id, Login.device_id.is_distinct_from(kept))
        .values(device_id=None)
    )


async def forget_device(session: AsyncSession, account_id: UUID, device_id: UUID) -> None:
    """Makes a device of an account unknown."""
    await session.execute(
        update(Login)
        .where(Login.account_id == account_id, Login.device_id == device_id)
        .values(device_id=None)
    )


async def is_known(session: AsyncSession, account_id: UUID, device: Device) -> bool:
    """Whether an account had a login on a device that is not forgotten. One that names no id is
    known by its name and network.
    """
    same = (
        and_(Login.device == device.name, Login.network == device.network)
        if device.id is None
        else Login.device_id == device.id
    )
    found = select(Login.id).where(
        Login.account_id == account_id, Login.device_id.is_not(None), same
    )
    return await session.scalar(found.limit(1)) is not None


async def has_any(session: AsyncSession, account_id: UUID) -> bool:
    """Whether an account ever had a login, as far as they are kept."""
    found = select(Login.id).where(Login.account_id == account_id)
    return await session.scalar(found.limit(1)) is not None


async def list_revoked(session: AsyncSession, since: datetime) -> Sequence[tuple[UUID, datetime]]:
    """Ids and ends of logins that ended after an instant."""
    rows = await session.execute(select(Login.id, Login.revoked_at).where(Login.revoked_at > since))
    return [(login_id, revoked_at) for login_id, revoked_at in rows if revoked_at is not None]


async def list_blocked(session: AsyncSession) -> Sequence[UUID]:
    """Accounts that are blocked."""
    return (await session.scalars(select(Account.id).where(Account.blocked_at.is_not(None)))).all()
