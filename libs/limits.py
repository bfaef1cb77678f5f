"""Counters that survive a refusal: rate limits in Redis, atomic, outside any transaction.

A fixed window per key. The answer's headers follow the IETF draft "RateLimit header fields for
HTTP": `RateLimit-Limit`, `RateLimit-Remaining`, `RateLimit-Reset` (seconds), and `Retry-After` with
a 429. When Redis is away requests pass: a limit protects the platform, and must not be what takes
it down; what guards a secret (tries of a code) is counted in the owner's database instead.
"""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import cast

from redis.asyncio import Redis
from redis.exceptions import RedisError

from libs import log
from libs.errors import TooMany

logger = log.get(__name__)

COUNT = """
local n = redis.call('INCR', KEYS[1])
if n == 1 then redis.call('EXPIRE', KEYS[1], ARGV[1]) end
return {n, redis.call('TTL', KEYS[1])}
"""


@dataclass(frozen=True, slots=True)
class Hit:
    """One counted request; `reset` is in seconds."""

    limit: int
    count: int
    reset: int

    @property
    def headers(self) -> dict[str, str]:
        """The RateLimit headers of the answer."""
        return {
            "RateLimit-Limit": str(self.limit),
            "RateLimit-Remaining": str(max(0, self.limit - self.count)),
            "RateLimit-Reset": str(max(0, self.reset)),
        }


class Limits:
    """Counts by key."""

    def __init__(self, redis: "Redis", prefix: str) -> None:
        self._script = cast("Callable[..., Awaitable[list[int]]]", redis.register_script(COUNT))
        self._redis = redis
        self._prefix = prefix

    async def hit(self, name: str, who: str, limit: int, seconds: int) -> Hit:
        """Counts one try of `who` at `name`. Raises `TooMany` from try `limit` + 1 on, until the
        window of `seconds` ends.
        """
        try:
            count, reset = await self._script(keys=[self._key(name, who)], args=[seconds])
        except (RedisError, OSError) as error:
            logger.warning("limit_not_counted", limit=name, reason=type(error).__name__)
            return Hit(limit, 0, seconds)
        hit = Hit(limit, int(count), int(reset))
        if hit.count > limit:
            raise TooMany(retry_after=max(1, hit.reset), headers=hit.headers)
        return hit

    async def forget(self, name: str, who: str) -> None:
        """Takes the count back, as after a right password."""
        with suppress(RedisError, OSError):
            await self._redis.delete(self._key(name, who))

    def _key(self, name: str, who: str) -> str:
        return f"limit:{self._prefix}:{name}:{who}"
