"""Clients of a real Redis."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from redis.asyncio import Connection, Redis

from libs import redis
from tests.libs.parts import Parts


@pytest.fixture
async def client(parts: Parts) -> AsyncIterator[Redis]:
    made = redis.connect(parts.settings)
    yield made
    await made.aclose()


async def test_a_cancellation_is_not_lost_as_a_command_has_just_been_sent(
    client: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    await client.set("own", "1")
    send = Connection._send_packed_command
    task: asyncio.Task[None] | None = None

    async def send_and_cancel(self: Connection, command: list[bytes]) -> None:
        await send(self, command)
        if task is not None:
            task.cancel()

    async def ask() -> None:
        await client.get("own")

    with monkeypatch.context() as patched:
        patched.setattr(Connection, "_send_packed_command", send_and_cancel)
        task = asyncio.create_task(ask())
        await asyncio.wait([task])
    assert task.cancelled()
    assert await client.get("other") is None  # and not the answer that nobody has read


async def test_who_cleans_up_after_a_cancellation_may_use_it(client: Redis) -> None:
    async def ask() -> None:
        try:
            await asyncio.sleep(60)
        finally:
            await client.set("left", "clean")

    task = asyncio.create_task(ask())
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.wait([task])
    assert task.cancelled()
    assert await client.get("left") == "clean"
