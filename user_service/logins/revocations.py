"""Keeps the copy of what is revoked in Redis, from which all services read."""

import asyncio
import math
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from uuid import UUID

from redis.asyncio import Redis
from redis.exceptions import RedisError
from sqlalchemy.ext.asyncio import AsyncSession

from libs import log
from libs import redis as signals
from libs.errors import Unavailable
from libs.postgres import Database
from libs.revocations import COMPLETE, REVOKED
from user_service.logins import repository
from user_service.settings import LONGEST_TOKEN

EVERY_SECONDS = 0.5

logger = log.get(__name__)


ListRevoked = Callable[[AsyncSession, datetime], Awaitable[Sequence[tuple[UUID, datetime]]]]
"""Lists what ended after an instant: ids that access tokens carry as their login's, and ends."""


async def wanted(database: Database, now: datetime, *others: ListRevoked) -> dict[str, float]:
    """What must stand in Redis: entry -> Unix second at which it may be forgotten. `others` list
    what access tokens are made from besides logins.
    """
    async with database.transaction() as session:
        ended: list[tuple[UUID, datetime]] = []
        for list_revoked in (repository.list_revoked, *others):
            ended += await list_revoked(session, now - LONGEST_TOKEN)
        blocked = await repository.list_blocked(session)
    entries = {f"login:{login}": (at + LONGEST_TOKEN).timestamp() for login, at in ended}
    until = (now + LONGEST_TOKEN).timestamp()
    return entries | {f"blocked:{account}": until for account in blocked}


async def project(redis: "Redis", entries: dict[str, float]) -> bool:
    """Brings Redis to `entries`, marked as complete, and signals a change; returns whether there
    was one.
    """
    entries = entries | {COMPLETE: math.inf}
    have = {str(entry) for entry in await redis.zrange(REVOKED, 0, -1)}
    gone, new = have - set(entries), set(entries) - have
    if gone:
        await redis.zrem(REVOKED, *gone)
    await redis.zadd(REVOKED, entries)
    if gone or new:
        await signals.signal(redis, REVOKED)
    return bool(gone or new)


async def keep(database: Database, redis: "Redis", *others: ListRevoked) -> None:
    """Repeats the projection until cancelled; Redis may lose it at any time."""
    while True:
        try:
            await project(redis, await wanted(database, database.clock.now(), *others))
        except (RedisError, OSError, Unavailable) as error:
            logger.warning("revocations_not_published", reason=type(error).__name__)
        await asyncio.sleep(EVERY_SECONDS)
