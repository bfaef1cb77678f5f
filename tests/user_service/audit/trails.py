"""A trail to seal and to tamper with, and the hand of somebody who owns the database."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg

from libs.ids import new_id
from tests.user_service.world import World
from user_service.audit import sealing, service
from user_service.audit.jobs import SealEntries
from user_service.audit.sealing import Report

TABLES = ("audit_entries", "audit_seals", "audit_unsealed")


@asynccontextmanager
async def owner(world: World) -> AsyncIterator["asyncpg.Connection[asyncpg.Record]"]:
    """A connection as the database's owner, behind the service's back."""
    url = world.parts.settings.database_owner_url
    assert url is not None
    connection = await asyncpg.connect(url.get_secret_value().replace("+asyncpg", ""))
    try:
        yield connection
    finally:
        await connection.close()


async def wipe(world: World) -> None:
    """An empty trail."""
    async with owner(world) as hand:
        for table in TABLES:
            await hand.execute(f"DELETE FROM {table}")  # noqa: S608


async def record(world: World, action: str = "account.blocked", **details: Any) -> None:
    """One entry, committed."""
    async with world.parts.database.transaction() as session:
        await service.record(session, action, actor_id=new_id(), subject_id=new_id(), **details)


async def sealed(world: World, count: int) -> None:
    """A trail of so many sealed entries."""
    await wipe(world)
    for number in range(count):
        await record(world, number=number, reason=f"Reason № {number}", until=None, hard=True)
    await world.run(SealEntries())


async def verify(world: World, anchor: tuple[int, str] | None = None) -> Report:
    """What verification finds now."""
    async with world.parts.database.transaction() as session:
        return await sealing.verify(session, anchor)
