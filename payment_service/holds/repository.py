"""Queries for holds."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from payment_service.holds.errors import HoldNotFound
from payment_service.holds.models import Hold
from payment_service.wallets import repository as wallets
from payment_service.wallets.models import Wallet

BATCH = 50


async def add(session: AsyncSession, hold: Hold) -> None:
    """Adds a hold; the wallet's row must be locked."""
    session.add(hold)
    await session.flush()


async def find(session: AsyncSession, reference: str) -> Hold | None:
    """The hold of a reference, if there is one."""
    return await session.scalar(select(Hold).where(Hold.reference == reference))


async def lock(session: AsyncSession, hold_id: UUID) -> tuple[Wallet, Hold]:
    """A hold and its wallet, both locked, the wallet first as everywhere. Raises `HoldNotFound`."""
    wallet_id = await session.scalar(select(Hold.wallet_id).where(Hold.id == hold_id))
    if wallet_id is None:
        raise HoldNotFound
    wallet = await wallets.lock(session, wallet_id)
    hold = await session.get_one(Hold, hold_id, with_for_update=True, populate_existing=True)
    return wallet, hold


async def list_expired(session: AsyncSession, now: datetime) -> Sequence[UUID]:
    """Up to `BATCH` open holds whose time is over, those first that have waited longest."""
    statement = select(Hold.id).where(Hold.closed_at.is_(None), Hold.expires_at <= now)
    return (await session.scalars(statement.order_by(Hold.expires_at).limit(BATCH))).all()
