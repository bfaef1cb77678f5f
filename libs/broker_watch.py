"""Whether the broker is there, and whether a client of it still lives.

A client comes back by itself when the broker does, but for one case: uvloop raises `RuntimeError`
for a write to a connection that has broken in this very moment, aiokafka does not expect that, and
the task which wrote is gone. Without the one that asks for metadata others wait for ever; without
the one that fetches no event comes any more, and nobody says so.
"""

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any

from aiokafka import AIOKafkaConsumer
from aiokafka.client import AIOKafkaClient
from aiokafka.errors import KafkaError

ASK_SECONDS = 2.0
"""Between two questions to the broker whether it is there."""
ANSWER_SECONDS = 1.5
"""After which silence is a no; less than a probe waits."""


class ClientDied(KafkaError):  # type: ignore[misc]  # aiokafka ships no types
    """A client has lost one of its tasks: only a new one goes on."""


async def answers(client: AIOKafkaClient) -> bool:
    """Whether the broker answers. Raises `ClientDied`."""
    _check("metadata", client._sync_task)
    with suppress(TimeoutError):
        async with asyncio.timeout(ANSWER_SECONDS):
            return bool(await client.force_metadata_update())
    return False


async def watch(consumer: AIOKafkaConsumer, say: Callable[[bool], None]) -> None:
    """Calls `say` with whether the broker answers, again and again. Raises `ClientDied`."""
    while True:
        await asyncio.sleep(ASK_SECONDS)
        if consumer._fetcher is not None:
            _check("fetches", consumer._fetcher.error_future)
        say(await answers(consumer._client))


def _check(what: str, task: "asyncio.Task[None] | None") -> None:
    if task is not None and task.done():
        raise ClientDied(f"nobody cares for its {what} any more")


async def first_of(*work: Coroutine[Any, Any, None]) -> None:
    """Runs loops side by side until one ends; raises what that one has raised."""
    tasks = [asyncio.create_task(one) for one in work]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
