"""A class with work in it, for tests: its people, its clock, its jobs."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import text

from libs.jobs import Job
from session_service import worker
from tests.session_service.world import World, open_world
from tests.stack import Stack, User

DAY, MINUTE, TICK = timedelta(days=1), timedelta(minutes=1), timedelta(microseconds=1)
GRACE = 10 * MINUTE
LATE = {"grace_minutes": 10, "percent_per_day": 10, "cut_off_minutes": 3 * 24 * 60}


@dataclass
class Desk:
    """A class with one student, and a second one who may come in."""

    world: World
    made: dict[str, Any]
    other: User

    @property
    def tutor(self) -> User:
        """Who owns the class."""
        return self.world.tutor

    @property
    def student(self) -> User:
        """Who attends it."""
        return self.world.student

    async def ask(
        self, user: User, method: str, path: str, body: Any = None, **headers: str
    ) -> Any:
        """An answer to a request; headers by their names with `_` for `-`."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return await self.world.client.request(
            method, path, json=body, headers={**user.headers, **named}
        )

    async def send(
        self, user: User, method: str, path: str, body: Any = None, expect: int = 200
    ) -> Any:
        """The answer's JSON, if there is any, after its status was checked."""
        answer = await self.ask(user, method, path, body)
        assert answer.status_code == expect, answer.text
        return answer.json() if answer.content else None

    async def refused(self, user: User, method: str, path: str, body: Any = None) -> Any:
        """Status and code of a refusal."""
        answer = await self.ask(user, method, path, body)
        assert answer.status_code >= 400, answer.text
        return answer.status_code, answer.json()["code"]

    async def task(self, expect: int = 201, **fields: Any) -> Any:
        """A task due in a week."""
        body = {"study_session_id": self.made["id"], "title": "Fractions"}
        if "due_local" not in fields:
            body["due_at"] = (self.world.clock.now() + 7 * DAY).isoformat()
        return await self.send(self.tutor, "POST", "/v1/tasks", body | fields, expect)

    async def submit(
        self, task: dict[str, Any], expect: int = 201, user: User | None = None, **fields: Any
    ) -> Any:
        """A version of the student's work."""
        path = f"/v1/tasks/{task['id']}/submissions"
        body = fields or {"body": "three quarters"}
        return await self.send(user or self.student, "POST", path, body, expect)

    async def titles(self, user: User) -> list[str]:
        """Of the tasks that somebody sees, newest first."""
        page = await self.send(user, "GET", "/v1/tasks")
        return [one["title"] for one in page["items"]]

    async def run(self, job: Job) -> None:
        """Does one job, as the worker would."""
        parts = self.world.parts
        await worker.WORKER.jobs[type(job)](worker.Resources(parts.database, parts.objects), job)

    async def rows(self, statement: str, **values: Any) -> list[Any]:
        """Rows as the database has them now."""
        async with self.world.parts.database.transaction() as session:
            found = await session.execute(text(statement), values)
            return list(found) if found.returns_rows else []  # type: ignore[attr-defined]

    async def events(self, *kinds: str) -> list[dict[str, Any]]:
        """Type and data of the events of these types, in order."""
        rows = await self.rows(
            "SELECT body::jsonb AS body FROM outbox WHERE destination = 'kafka' "
            "AND body::jsonb ->> 'type' = ANY(:kinds) ORDER BY seq",
            kinds=[f"studyzed.{kind}" for kind in kinds],
        )
        return [{"type": row.body["type"]} | row.body["data"] for row in rows]


@asynccontextmanager
async def open_desk(stack: Stack) -> AsyncIterator[Desk]:
    """An active class in India, where clocks never change, with one student."""
    async with open_world(stack) as world:
        made = await world.study_session()
        await world.member(made)
        yield Desk(world, made, stack.as_user("student"))
