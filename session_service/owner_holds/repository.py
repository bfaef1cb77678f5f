"""Queries for holds."""

from uuid import UUID

from sqlalchemy import BigInteger, Text, cast, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from session_service.owner_holds.models import OwnerHold


async def save(session: AsyncSession, hold: OwnerHold) -> bool:
    """Notes a hold or its end; false if something newer is known."""
    values = {"holds": hold.holds, "revision": hold.revision}
    statement = insert(OwnerHold).values(account_id=hold.account_id, cause=hold.cause, **values)
    saved = await session.scalar(
        statement.on_conflict_do_update(
            index_elements=[OwnerHold.account_id, OwnerHold.cause],
            set_=values,
            where=OwnerHold.revision < statement.excluded.revision,
        ).returning(OwnerHold.account_id)
    )
    return saved is not None


async def is_held(session: AsyncSession, account_id: UUID) -> bool:
    """Whether anything keeps an account from its classes."""
    statement = select(OwnerHold.cause).where(OwnerHold.account_id == account_id, OwnerHold.holds)
    return await session.scalar(statement.limit(1)) is not None


async def keep_still(session: AsyncSession, account_id: UUID) -> None:
    """Until the transaction ends, holds of this account and the owners of its classes change one
    after the other. To be asked for before any class is locked.
    """
    key = func.hashtextextended(cast(str(account_id), Text), cast(0, BigInteger))
    await session.execute(select(func.pg_advisory_xact_lock(key)))
