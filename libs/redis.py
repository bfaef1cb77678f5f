"""Redis: caches, limits, presence and fan-out; nothing that must survive it."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from typing import Any

from redis.asyncio import BlockingConnectionPool, Connection, Redis, SSLConnection
from redis.exceptions import RedisError

from libs import log
from libs.settings import RedisSettings

SIGNAL_SECONDS = 1.0

logger = log.get(__name__)


class _Cancellable(Connection):
    """redis-py sends under `asyncio.wait_for`, which in Python 3.11 loses a cancellation that comes
    as the sending ends (CPython's issue 86296): a loop would go on for ever after its cancellation.
    """

    async def send_packed_command(self, *args: Any, **options: Any) -> None:
        """Sends as redis-py does. Raises the cancellation that was lost meanwhile."""
        task = asyncio.current_task()
        before = task.cancelling() if task else 0
        await super().send_packed_command(*args, **options)
        if task and task.cancelling() > before:
            await self.disconnect(nowait=True)  # the next to use it would read this one's answer
            raise asyncio.CancelledError


class _CancellableSSL(_Cancellable, SSLConnection):
    """The same over TLS."""


def connect(settings: RedisSettings) -> "Redis":
    """A client with its own pool; answers are text.

    Whoever finds all connections taken waits for one: the plain pool would refuse the 51st call at
    once, and so lose hints and limits just when much is going on.
    """
    pool: BlockingConnectionPool = BlockingConnectionPool.from_url(
        settings.redis_url.get_secret_value(),
        decode_responses=True,
        socket_timeout=5,
        socket_connect_timeout=2,
        health_check_interval=15,
        max_connections=50,
        timeout=5,
    )
    encrypted = issubclass(pool.connection_class, SSLConnection)
    pool.connection_class = _CancellableSSL if encrypted else _Cancellable
    return Redis.from_pool(pool)


async def listen(
    redis: "Redis", pattern: str, *, on_ready: Callable[[], None] | None = None
) -> AsyncIterator[tuple[str, str]]:
    """Yields (channel, text) of all channels that match `pattern`, for ever; connects again after a
    failure.

    What was published while the connection was down is lost: signals are hints, the store is the
    truth. `on_ready` is called when the server has confirmed a (re)subscription, also one that the
    client made by itself, so that the caller can catch up.
    """
    while True:
        try:
            async with redis.pubsub() as channel:
                await channel.psubscribe(pattern)
                while True:
                    message = await channel.get_message(timeout=5.0)
                    if message is None:
                        continue
                    if message["type"] == "pmessage":
                        yield str(message["channel"]), str(message["data"])
                    elif message["type"] == "psubscribe" and on_ready:
                        on_ready()
        except (RedisError, OSError) as error:
            logger.warning("signals_wait", pattern=pattern, reason=type(error).__name__)
            await asyncio.sleep(0.5)


async def signal(redis: "Redis", channel: str, text: str = "") -> None:
    """Publishes a hint that may be lost; a failure is not an error, and nobody waits for it for
    longer than `SIGNAL_SECONDS`.
    """
    with suppress(RedisError, OSError):
        async with asyncio.timeout(SIGNAL_SECONDS):  # its TimeoutError is an OSError
            await redis.publish(channel, text)
