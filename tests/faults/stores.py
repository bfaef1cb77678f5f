"""What a subject's stores hold, read past the subject."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

import asyncpg
from motor.motor_asyncio import AsyncIOMotorClient

from tests.faults.model import Change


@dataclass(frozen=True)
class State:
    """Sums by which one sees that nothing moves any more."""

    waiting: int
    open_jobs: int
    effects: int
    changes: int


class Rows:
    """The subject's tables, as the superuser sees them."""

    def __init__(self, url: str) -> None:
        self._url = url

    async def fetch(self, statement: str) -> list[Any]:
        """Rows of one statement."""
        connection = await asyncpg.connect(self._url)
        try:
            return list(await connection.fetch(statement))
        finally:
            await connection.close()

    async def waiting(self) -> int:
        """Events that have not left."""
        [row] = await self.fetch(
            "SELECT count(*) FROM outbox WHERE sent_at IS NULL AND destination = 'kafka'"
        )
        return int(row[0])

    async def state(self, jobs: bool) -> State:
        """What to wait for; jobs count only where somebody runs them."""
        statement = f"""SELECT
            (SELECT count(*) FROM outbox WHERE sent_at IS NULL AND destination = 'kafka'),
            (SELECT count(*) FROM outbox WHERE {"destination = 'celery'" if jobs else "false"}
             AND closed_at IS NULL AND dead_at IS NULL),
            (SELECT count(*) FROM effects),
            (SELECT coalesce(sum(version), 0) FROM aggregates)"""  # noqa: S608
        [row] = await self.fetch(statement)
        return State(*row)

    async def versions(self) -> dict[str, int]:
        """How far each aggregate has come."""
        return {row[0]: row[1] for row in await self.fetch("SELECT key, version FROM aggregates")}

    async def effects(self) -> list[Change]:
        """What the consumer did, in its order."""
        rows = await self.fetch("SELECT key, revision FROM effects ORDER BY seq")
        return [(row[0], row[1]) for row in rows]

    async def undone(self) -> list[int]:
        """Jobs that were ordered and have had no effect, or are still open."""
        statement = """SELECT (body::json->>'number')::int FROM outbox LEFT JOIN work
            ON number = (body::json->>'number')::int
            WHERE destination = 'celery' AND (number IS NULL OR closed_at IS NULL)"""
        return [row[0] for row in await self.fetch(statement)]

    async def dead(self) -> list[UUID]:
        """Letters that were given up."""
        return [
            row[0] for row in await self.fetch("SELECT id FROM outbox WHERE dead_at > '2000-1-1'")
        ]


class Documents:
    """The subject's collections."""

    def __init__(self, url: str, database: str) -> None:
        self._client: Any = AsyncIOMotorClient(url, uuidRepresentation="standard")
        self._database = self._client[database]

    async def waiting(self) -> int:
        """Events that have not left."""
        wanted = {"sent_at": None, "destination": "kafka"}
        return int(await self._database["outbox"].count_documents(wanted))

    async def state(self, jobs: bool) -> State:  # noqa: ARG002  (nobody runs them here)
        """What to wait for."""
        effects = await self._database["effects"].count_documents({})
        return State(await self.waiting(), 0, effects, sum((await self.versions()).values()))

    async def versions(self) -> dict[str, int]:
        """How far each aggregate has come."""
        found = self._database["aggregates"].find()
        return {document["_id"]: document["version"] async for document in found}

    async def effects(self) -> list[Change]:
        """What the consumer did, in its order."""
        found = self._database["effects"].find().sort("at", 1)
        return [(document["key"], document["revision"]) async for document in found]

    async def undone(self) -> list[int]:
        """No job runs over documents here."""
        return []

    async def dead(self) -> list[UUID]:
        """Letters that were given up."""
        found = self._database["outbox"].find({"dead_at": {"$ne": None}})
        return [document["_id"] async for document in found]
