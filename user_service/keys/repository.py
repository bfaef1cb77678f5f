"""Queries for signing keys."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from user_service.keys.models import SigningKey

KEYS_LOCK = 7_262  # an arbitrary number that no other advisory lock of the service uses


async def lock(session: AsyncSession) -> None:
    """Lets one copy of the service at a time make keys."""
    await session.execute(select(func.pg_advisory_xact_lock(KEYS_LOCK)))


async def list_all(session: AsyncSession) -> Sequence[SigningKey]:
    """All keys, oldest first."""
    return (await session.scalars(select(SigningKey).order_by(SigningKey.active_from))).all()


async def add(session: AsyncSession, key: SigningKey) -> None:
    """Adds a key."""
    session.add(key)
    await session.flush()


async def remove_before(session: AsyncSession, active_from: datetime) -> None:
    """Removes keys that began to sign before an instant."""
    await session.execute(delete(SigningKey).where(SigningKey.active_from < active_from))
