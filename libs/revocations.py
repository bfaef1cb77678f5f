"""What user_service has revoked: an in-process copy, refreshed by a Redis signal and reloaded every
two seconds.
"""

import asyncio
import time
from contextlib import suppress
from uuid import UUID

from redis.asyncio import Redis
from redis.exceptions import RedisError

from libs import log
from libs import redis as signals
from libs.auth import AccountBlocked, LoginRevoked, Principal

REVOKED = "revoked"
"""Redis sorted set of revocations, scored by the Unix second at which each may be forgotten; also
the signal's channel.
"""
COMPLETE = "complete"
"""An entry that user_service writes with the others: without it Redis has lost the set."""
RELOAD_SECONDS = 2.0
RETRY_SECONDS = 0.2

logger = log.get(__name__)


class Revocations:
    """The in-process copy of what user_service has revoked.

    `login:<id>` ends a login, `blocked:<account id>` shuts an account out, and whoever acts in its
    place. While Redis is away, or has come back empty, the last copy stands.
    """

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._entries: frozenset[str] = frozenset()
        self._changed = asyncio.Event()

    def check(self, principal: Principal) -> None:
        """Raises `AccountBlocked` or `LoginRevoked`."""
        self.check_account(principal.account_id)
        if principal.actor_id is not None:
            self.check_account(principal.actor_id)
        if f"login:{principal.login_id}" in self._entries:
            raise LoginRevoked

    def check_account(self, account_id: UUID) -> None:
        """Raises `AccountBlocked`; for what is done in somebody's name without a token."""
        if f"blocked:{account_id}" in self._entries:
            raise AccountBlocked

    async def load(self) -> None:
        """Reads the set anew; one that is not complete takes nothing away. Raises what the Redis
        client raises.
        """
        found = frozenset(
            str(entry) for entry in await self._redis.zrangebyscore(REVOKED, time.time(), "+inf")
        )
        self._entries = found if COMPLETE in found else found | self._entries

    async def run(self) -> None:
        """Keeps the copy fresh until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._follow())
            group.create_task(self._reload())

    async def _follow(self) -> None:
        async for _ in signals.listen(self._redis, REVOKED, on_ready=self._changed.set):
            self._changed.set()

    async def _reload(self) -> None:
        while True:
            wait = RELOAD_SECONDS
            self._changed.clear()
            try:
                await self.load()
            except (RedisError, OSError) as error:
                wait = RETRY_SECONDS  # the first call after a restart finds dead connections
                logger.warning("revocations_stale", reason=type(error).__name__)
            with suppress(TimeoutError):
                async with asyncio.timeout(wait):
                    await self._changed.wait()
