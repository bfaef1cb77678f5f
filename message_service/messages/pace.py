"""How many messages a person may send: distinct ones, since a repeat is not a new message.

Counted in Redis, outside any transaction; when Redis is away messages pass (see `libs.limits`).
"""

from collections.abc import Awaitable, Callable
from typing import cast
from uuid import UUID

from redis.asyncio import Redis
from redis.exceptions import RedisError

from libs import log
from libs.batches import Batches
from message_service.messages.errors import TooManyMessages

LIMIT, SECONDS = 10, 10

# Returns 0 for each message that may pass, else the seconds until its sender's window ends.
COUNT = """
local waits = {}
for i, key in ipairs(KEYS) do
  waits[i] = 0
  if redis.call('SISMEMBER', key, ARGV[i + 2]) == 0 then
    if redis.call('SCARD', key) >= tonumber(ARGV[1]) then
      waits[i] = math.max(1, redis.call('TTL', key))
    else
      redis.call('SADD', key, ARGV[i + 2])
      redis.call('EXPIRE', key, ARGV[2], 'NX')
    end
  end
end
return waits
"""

logger = log.get(__name__)


class Pace:
    """Counts messages by sender; those that come at the same time with one call."""

    def __init__(self, redis: "Redis", limit: int = LIMIT) -> None:
        self._script = cast("Callable[..., Awaitable[list[int]]]", redis.register_script(COUNT))
        self._limit = limit
        self._batches: Batches[tuple[UUID, UUID], int] = Batches(self._count)

    async def step(self, sender_id: UUID, client_msg_id: UUID) -> None:
        """Counts a message unless it was counted before. Raises `TooManyMessages`."""
        wait = await self._batches.add((sender_id, client_msg_id))
        if wait:
            raise TooManyMessages(retry_after=wait)

    async def _count(self, messages: list[tuple[UUID, UUID]]) -> list[int | Exception]:
        keys = [f"message.pace:{sender_id}" for sender_id, _ in messages]
        names = [str(client_msg_id) for _, client_msg_id in messages]
        try:
            return list(await self._script(keys=keys, args=[self._limit, SECONDS, *names]))
        except (RedisError, OSError) as error:
            logger.warning("limit_not_counted", limit="messages", reason=type(error).__name__)
            return [0] * len(messages)
