"""How many messages a person may send: distinct ones, since a repeat is not a new message.

Counted in Redis, outside any transaction; when Redis is away messages pass (see `libs.limits`).
"""

from collections.abc import Awaitable, Callable
from typing import cast
from uuid import UUID

from redis.asyncio import Redis
from redis.exceptions import RedisError

from libs import log
from message_service.messages.errors import TooManyMessages

LIMIT, SECONDS = 10, 10

# Returns 0 if the message may pass, else the seconds until the window ends.
COUNT = """
if redis.call('SISMEMBER', KEYS[1], ARGV[1]) == 1 then return 0 end
if redis.call('SCARD', KEYS[1]) >= tonumber(ARGV[2]) then
  return math.max(1, redis.call('TTL', KEYS[1]))
end
redis.call('SADD', KEYS[1], ARGV[1])
redis.call('EXPIRE', KEYS[1], ARGV[3], 'NX')
return 0
"""

logger = log.get(__name__)


class Pace:
    """Counts messages by sender."""

    def __init__(self, redis: "Redis", limit: int = LIMIT) -> None:
        self._script = cast("Callable[..., Awaitable[int]]", redis.register_script(COUNT))
        self._limit = limit

    async def step(self, sender_id: UUID, client_msg_id: UUID) -> None:
        """Counts a message unless it was counted before. Raises `TooManyMessages`."""
        keys, values = [f"message.pace:{sender_id}"], [str(client_msg_id), self._limit, SECONDS]
        try:
            wait = int(await self._script(keys=keys, args=values))
        except (RedisError, OSError) as error:
            logger.warning("limit_not_counted", limit="messages", reason=type(error).__name__)
            return
        if wait:
            raise TooManyMessages(retry_after=wait)
