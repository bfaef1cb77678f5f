"""Everything that a running platform keeps, searched for words."""

import json
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
from motor.motor_asyncio import AsyncIOMotorClient
from redis.asyncio import Redis

from tests.e2e.conftest import Platform
from tests.locks import IS_WAITED_FOR

ON_POSTGRES = ("USER", "SESSION", "PAYMENT")
ON_MONGO = ("NOTIFICATION", "MESSAGE")
Places = Counter[str]
"""How many rows, documents, keys or files a word was found in, by where they are."""


def environment_of(platform: Platform) -> dict[str, str]:
    """The variables that the platform's processes share."""
    mark = f"STUDYZED_DATA={platform.data}".encode()
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            found = (folder / "environ").read_bytes().split(b"\0")
        except OSError:
            continue  # it ended while we looked
        if mark in found and any(line.startswith(b"USER_DATABASE_URL=") for line in found):
            pairs = (line.decode().partition("=") for line in found if b"=" in line)
            return {name: value for name, _, value in pairs}
    raise AssertionError("no process of this platform is running")


@dataclass(frozen=True)
class Stores:
    """The stores of a platform, and its folder of objects."""

    environment: dict[str, str]
    objects: Path

    @classmethod
    def of(cls, platform: Platform) -> "Stores":
        """Those of a running one."""
        return cls(environment_of(platform), platform.data / "objects")

    def url(self, service: str) -> str:
        """The address of a service's database, as its owner."""
        return self.environment[f"{service}_DATABASE_OWNER_URL"].replace("+asyncpg", "")

    async def rows(self, service: str, statement: str, *values: Any) -> list[Any]:
        """What a statement returns."""
        connection = await asyncpg.connect(self.url(service))
        try:
            return list(await connection.fetch(statement, *values))
        finally:
            await connection.close()

    @asynccontextmanager
    async def held(
        self, service: str, table: str, account_id: UUID
    ) -> AsyncIterator[Callable[[], Awaitable[bool]]]:
        """Keeps an account's row in a table locked; yields a check of who waits for it."""
        connection = await asyncpg.connect(self.url(service))
        try:
            async with connection.transaction():
                query = f'SELECT 1 FROM "{table}" WHERE account_id = $1 FOR UPDATE'  # noqa: S608
                assert await connection.fetchval(query, account_id) == 1
                yield lambda: connection.fetchval(IS_WAITED_FOR)
        finally:
            await connection.close()

    async def search(self, word: str) -> Places:
        """Where a word stands, in any case."""
        found: Places = Counter()
        for service in ON_POSTGRES:
            found += await self._tables(service, word)
        for service in ON_MONGO:
            found += await self._collections(service, word)
        return found + await self._redis(word) + self._objects(word)

    async def _tables(self, service: str, word: str) -> Places:
        found: Places = Counter()
        connection = await asyncpg.connect(self.url(service))
        try:
            columns = await connection.fetch(
                "SELECT table_name, column_name FROM information_schema.columns "
                "WHERE table_schema = 'public'"
            )
            for table, column in columns:
                query = f'SELECT count(*) FROM "{table}" WHERE "{column}"::text ILIKE $1'  # noqa: S608
                count = await connection.fetchval(query, f"%{word}%")
                found[f"{service}.{table}.{column}"] += count
        finally:
            await connection.close()
        return found

    async def _collections(self, service: str, word: str) -> Places:
        found: Places = Counter()
        client: Any = AsyncIOMotorClient(
            self.environment[f"{service}_MONGO_URL"], uuidRepresentation="standard"
        )
        database = client[self.environment[f"{service}_MONGO_DATABASE"]]
        for name in await database.list_collection_names():
            async for document in database[name].find({}):
                for field, value in document.items():
                    found[f"{service}.{name}.{field}"] += word in repr(value).lower()
        client.close()
        return found

    async def fields(self, service: str) -> dict[str, set[str]]:
        """The fields of a service's documents, by collection."""
        found: dict[str, set[str]] = {}
        client: Any = AsyncIOMotorClient(
            self.environment[f"{service}_MONGO_URL"], uuidRepresentation="standard"
        )
        database = client[self.environment[f"{service}_MONGO_DATABASE"]]
        for name in await database.list_collection_names():
            async for document in database[name].find({}):
                found.setdefault(name, set()).update(document)
        client.close()
        return found

    async def received(self, service: str, event_id: UUID) -> bool:
        """Whether a service on MongoDB has taken an event."""
        client: Any = AsyncIOMotorClient(
            self.environment[f"{service}_MONGO_URL"], uuidRepresentation="standard"
        )
        inbox = client[self.environment[f"{service}_MONGO_DATABASE"]]["inbox"]
        found = await inbox.find_one({"event_id": event_id})
        client.close()
        return found is not None

    async def _redis(self, word: str) -> Places:
        found: Places = Counter()
        url = self.environment["USER_REDIS_URL"]
        async with Redis.from_url(url, decode_responses=True) as redis:
            async for key in redis.scan_iter():
                kind = await redis.type(key)
                value = await _value(redis, str(kind), str(key))
                found["redis"] += word in f"{key} {value!r}".lower()
        return found

    def _objects(self, word: str) -> Places:
        found: Places = Counter()
        for path in self.objects.iterdir():
            found["objects"] += word.encode() in path.read_bytes().lower()
        return found

    def keys(self) -> list[str]:
        """The names of all objects."""
        notes = (path for path in self.objects.iterdir() if path.suffix == ".json")
        return sorted(json.loads(path.read_text())["name"] for path in notes)


async def _value(redis: Any, kind: str, key: str) -> object:
    readers = {
        "string": redis.get,
        "set": redis.smembers,
        "hash": redis.hgetall,
        "list": lambda name: redis.lrange(name, 0, -1),
        "zset": lambda name: redis.zrange(name, 0, -1),
    }
    return await readers[kind](key) if kind in readers else None  # it ended meanwhile
