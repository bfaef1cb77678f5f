"""Counters that survive a refusal: rate limits in Redis, atomic, outside any transaction.

A fixed window per key, or a wait that grows. The answer's headers follow the IETF draft "RateLimit
header fields for HTTP": `RateLimit-Limit`, `RateLimit-Remaining`, `RateLimit-Reset` (seconds), and
`Retry-After` with a 429. When Redis is away requests pass: a limit protects the platform, and must
not be what takes it down; what guards a code is counted in the owner's database instead.
"""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
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

TRY = """
local now, left, which = tonumber(ARGV[1]), 0, 0
for i, key in ipairs(KEYS) do
  local wait = tonumber(redis.call('HGET', key, 'until') or '0') - now
  if wait > left then left, which = wait, i end
end
if left > 0 then return {which, tonumber(redis.call('HGET', KEYS[which], 'n')), left} end
local count, pause = 0, 0
for i, key in ipairs(KEYS) do
  local at = i * 5 - 3
  local free, first, longest = tonumber(ARGV[at]), tonumber(ARGV[at + 1]), tonumber(ARGV[at + 2])
  local n = redis.call('HINCRBY', key, 'n', 1)
  local wait = 0
  if n >= free then
    wait = math.min(first * 2 ^ (n - free), longest)
    redis.call('HSET', key, 'until', string.format('%.0f', now + wait))
  end
  if n == 1 or ARGV[at + 4] == '1' then redis.call('PEXPIRE', key, ARGV[at + 3]) end
  if i == 1 then count, pause = n, wait end
end
return {0, count, pause}
"""
TAKE_BACK = """
if redis.call('EXISTS', KEYS[1]) == 1 then
  redis.call('HDEL', KEYS[1], 'until')
  if redis.call('HINCRBY', KEYS[1], 'n', -1) <= 0 then redis.call('DEL', KEYS[1]) end
end
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


@dataclass(frozen=True, slots=True)
class Backoff:
    """A growing wait: after `free` tries one waits `first` seconds before the next, then twice as
    long each time, `longest` at most. Forgotten `memory` seconds after the first try, or the last
    one if it `slides`.
    """

    name: str
    free: int
    first: int
    longest: int
    memory: int
    slides: bool = True

    def arguments(self) -> tuple[int, ...]:
        """What the script takes, in milliseconds."""
        seconds = (self.first, self.longest, self.memory)
        return self.free, *(number * 1_000 for number in seconds), int(self.slides)


class Limits:
    """Counts by key."""

    def __init__(self, redis: "Redis", prefix: str) -> None:
        self._script = cast("Callable[..., Awaitable[list[int]]]", redis.register_script(COUNT))
        self._try = cast("Callable[..., Awaitable[list[int]]]", redis.register_script(TRY))
        self._take_back = cast("Callable[..., Awaitable[None]]", redis.register_script(TAKE_BACK))
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

    async def check(self, name: str, who: str, limit: int) -> None:
        """Raises `TooMany` while `limit` tries of `who` at `name` are counted; counts none."""
        key = self._key(name, who)
        try:
            count = int(await self._redis.get(key) or 0)
            reset = int(await self._redis.ttl(key)) if count >= limit else 0
        except (RedisError, OSError) as error:
            logger.warning("limit_not_read", limit=name, reason=type(error).__name__)
            return
        if count >= limit:
            hit = Hit(limit, count, reset)
            raise TooMany(retry_after=max(1, hit.reset), headers=hit.headers)

    async def attempt(self, now: datetime, *waits: tuple[Backoff, str]) -> Hit:
        """Counts a try by several (wait, who) at once, before it is known how it ends; while one of
        them waits, none counts. Raises `TooMany`.

        `take_back` or `forget` what turned out well. The answer is that of the first.
        """
        keys = [self._key(wait.name, who) for wait, who in waits]
        arguments = [number for wait, _ in waits for number in wait.arguments()]
        try:
            stamp = int(now.timestamp() * 1_000)
            which, count, pause = await self._try(keys=keys, args=[stamp, *arguments])
        except (RedisError, OSError) as error:
            logger.warning("limit_not_counted", limit=waits[0][0].name, reason=type(error).__name__)
            return Hit(waits[0][0].free, 0, 0)
        hit = Hit(waits[max(which - 1, 0)][0].free, int(count), -(-int(pause) // 1_000))
        if which:
            raise TooMany(retry_after=max(1, hit.reset), headers=hit.headers)
        return hit

    async def take_back(self, wait: Backoff, who: str) -> None:
        """Takes one try back, and the wait that it led to."""
        with suppress(RedisError, OSError):
            await self._take_back(keys=[self._key(wait.name, who)])

    async def forget(self, name: str, who: str) -> None:
        """Takes the count back, as after a right password."""
        with suppress(RedisError, OSError):
            await self._redis.delete(self._key(name, who))

    def _key(self, name: str, who: str) -> str:
        return f"limit:{self._prefix}:{name}:{who}"
