"""A load of changes on one database, its relay's way through the broker, and what came of it."""

import asyncio
from collections import defaultdict

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from libs.consumer import Consumer
from libs.inbox import PostgresStore
from tests.libs.parts import Changed, Parts

KEYS = tuple(f"key {number}" for number in range(24))


async def keep(session: AsyncSession, event: Changed) -> None:
    """The effect: a row, with the instant at which it was made."""
    await session.execute(
        text(
            "INSERT INTO effects (key, revision, trace) VALUES (:key, :revision, clock_timestamp())"
        ),
        {"key": event.name, "revision": event.revision},
    )


def consumer(parts: Parts) -> Consumer:
    """A member of the test's group."""
    return Consumer(
        "tests", parts.settings, PostgresStore(parts.database), {Changed: keep}, parts.producer
    )


class Writers:
    """Change aggregates until told to stop."""

    def __init__(self, parts: Parts, count: int = 6, pause: float = 0.01) -> None:
        self._parts = parts
        self._pause = pause
        self._count = count
        self._stop = asyncio.Event()
        self.written = 0

    async def run(self) -> None:
        """Writes until `stop`."""
        await asyncio.gather(*(self._write(number) for number in range(self._count)))

    def stop(self) -> None:
        """Lets each writer end its change."""
        self._stop.set()

    async def _write(self, number: int) -> None:
        turn = number
        while not self._stop.is_set():
            await self._parts.change(KEYS[turn % len(KEYS)])
            self.written += 1
            turn += self._count + 1
            await asyncio.sleep(self._pause)


async def wanted(parts: Parts) -> dict[str, list[int]]:
    """What must have come of it: each key's revisions from 1, in order."""
    rows = await parts.fetch("SELECT key, version FROM aggregates")
    return {key: list(range(1, version + 1)) for key, version in rows}


async def found(parts: Parts) -> dict[str, list[int]]:
    """What has come of it."""
    effects: dict[str, list[int]] = defaultdict(list)
    for key, revision in await parts.effects():
        effects[key].append(revision)
    return effects


async def complete(parts: Parts) -> bool:
    """Whether there are as many effects as changes."""
    [(changes,)] = await parts.fetch("SELECT coalesce(sum(version), 0) FROM aggregates")
    return len(await parts.effects()) >= int(changes)
