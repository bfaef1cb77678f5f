"""Worlds in which it is 1 October 2026, and a class with two students."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import text

from tests.session_service.world import World, open_world
from tests.stack import Stack, User

NOW = datetime(2026, 10, 1, 9, tzinfo=UTC)


@dataclass
class Class:
    """An active class of the world's tutor, with the world's student and another one."""

    world: World
    made: dict[str, Any]
    other: User

    @property
    def id(self) -> str:
        """The class's id."""
        found: str = self.made["id"]
        return found

    async def weekly(self, local_start: str = "2026-10-19T17:00", **fields: Any) -> Any:
        """A series as `World.series` makes it."""
        return await self.world.series(self.made, local_start, **fields)

    async def lessons(
        self,
        user: User | None = None,
        start: str = "2026-01-01T00:00:00Z",
        end: str = "2027-02-01T00:00:00Z",
        **filters: Any,
    ) -> list[dict[str, Any]]:
        """All lessons of a year and more, as somebody sees them."""
        query = {"from": start, "to": end, "limit": 100} | filters
        path = "/v1/lessons?" + "&".join(f"{name}={value}" for name, value in query.items())
        page = await self.world.get(user or self.world.tutor, path)
        found: list[dict[str, Any]] = page["items"]
        return found

    async def starts(self, **query: Any) -> list[str]:
        """When the scheduled ones begin, such as `10-19 15:00`."""
        return [
            one["starts_at"][5:16].replace("T", " ")
            for one in await self.lessons(**query)
            if one["state"] == "scheduled"
        ]

    async def patch(self, path: str, body: Any, expect: int = 200, if_match: str = "*") -> Any:
        """Changes something as the tutor."""
        answer = await self.world.client.patch(
            path, json=body, headers=self.world.tutor.headers | {"If-Match": if_match}
        )
        assert answer.status_code == expect, answer.text
        return answer.json()

    async def rows(self, statement: str, **values: Any) -> list[tuple[Any, ...]]:
        """What the database says."""
        async with self.world.parts.database.transaction() as session:
            return [tuple(row) for row in await session.execute(text(statement), values)]

    async def events(self, kind: str) -> list[dict[str, Any]]:
        """Data of the published events of a type, in order."""
        found = await self.rows(
            "SELECT body::jsonb -> 'data' FROM outbox WHERE body::jsonb ->> 'type' = :kind "
            "ORDER BY seq",
            kind=kind,
        )
        return [row[0] for row in found]


@pytest.fixture
async def made(stack: Stack) -> AsyncIterator[Class]:
    async with open_world(stack) as world:
        world.clock.at = NOW
        found = Class(world, await world.study_session(), stack.as_user("student"))
        for student in (world.student, found.other):
            await world.member(found.made, student)
        yield found
