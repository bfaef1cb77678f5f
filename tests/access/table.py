"""The table of rights: every route by role by ownership, as data.

Each service has a module here with `ROWS` and `world`. `test_rights.py` walks them: a route without
a row fails, a denial must answer exactly as listed and change nothing, and a right must work.

Callers by name: `nobody` (no token), `student`, `tutor`, `admin` (of that role, but without any tie
to the thing asked for), and the service's own, such as `owner` or `member`.
"""

import hashlib
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx
from fastapi import FastAPI
from fastapi.routing import APIRoute, iter_route_contexts
from sqlalchemy import text

from libs.mongo import Mongo
from libs.postgres import Database
from tests.objects import NOWHERE
from tests.stack import Stack

NOBODY: dict[str, str] = {}
UUID_FORM = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
Values = Mapping[str, Any]


@dataclass(frozen=True)
class Row:
    """One route: the status that each caller must get.

    `body`, `path` and `query` may use the world's values: a string "{name}" anywhere in them is
    replaced. `query` is appended to the path. `headers` are sent by every caller. `instead` names
    values of the world that take the place of others in this row: `{"task_id": "other_task_id"}`.
    `raw` is a body that is not JSON. `own_login` says that neither a narrowed token nor somebody in
    the caller's place may do it (`OwnLogin`, `Admin`). `seen` says that who gets a 403 may see the
    thing all the same; where there is none they get a 404.
    """

    method: str
    path: str
    answers: Mapping[str, int]
    body: Any = None
    query: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    instead: Mapping[str, str] = field(default_factory=dict)
    raw: str | None = None
    own_login: bool = False
    seen: bool = False

    @property
    def name(self) -> str:
        """As test reports show it."""
        return f"{self.method} {self.path}"


@dataclass
class World:
    """A service with just enough in it that every row has something to ask for."""

    client: httpx.AsyncClient
    callers: Mapping[str, Mapping[str, str]]
    values: Values
    fingerprint: Callable[[], Awaitable[str]]

    def ids(self, row: Row) -> set[str]:
        """The names of the ids of things that a row's path and body ask for."""
        asked = f"{row.path} {row.body}"
        return {name for name, value in self.of(row).items()
                if "{" + name + "}" in asked and UUID_FORM.fullmatch(str(value))}  # fmt: skip

    def of(self, row: Row) -> dict[str, Any]:
        """The values that a row asks with."""
        return {**self.values, **{name: self.values[it] for name, it in row.instead.items()}}

    async def ask(
        self, row: Row, caller: str, others: Mapping[str, Any] | None = None
    ) -> httpx.Response:
        """Sends a row's request as a caller; `others` take the place of the world's values."""
        values = {**self.of(row), **(others or {})}
        return await self.client.request(
            row.method,
            fill(row.path + row.query, values),
            json=fill(row.body, values) if row.body is not None else None,
            content=row.raw,
            headers={**self.callers[caller], **row.headers},
        )


MakeWorld = Callable[[Stack], Any]
"""An async context manager over a fresh `World`."""


def fill(template: Any, values: Values) -> Any:
    """A path or body with the world's values in place of `{name}`."""
    if isinstance(template, str):
        for name, value in values.items():
            template = template.replace("{" + name + "}", str(value))
        return template
    if isinstance(template, dict):
        return {key: fill(value, values) for key, value in template.items()}
    if isinstance(template, list):
        return [fill(value, values) for value in template]
    return template


def nowhere() -> dict[str, Any]:
    """Settings that name no real server: enough to build an app and look at its routes."""
    return NOWHERE | {
        "code_secret": "a test's secret of codes and links, made up",
        "environment": "test",
        "public_url": "http://gateway.test",
        "jwks_url": "http://nowhere.test",
        "database_url": "postgresql+asyncpg://nowhere/nowhere",
        "mongo_url": "mongodb://nowhere/",
        "mongo_database": "nowhere",
        "redis_url": "redis://nowhere",
        "celery_broker_url": "redis://nowhere",
        "kafka_bootstrap": "nowhere:9092",
    }


def routes(app: FastAPI) -> set[tuple[str, str]]:
    """Every (method, path) that an app serves as its API."""
    return {
        (method, str(route.path))
        for route in iter_route_contexts(app.routes)
        if isinstance(route.original_route, APIRoute)
        for method in route.methods or ()
    }


async def postgres_fingerprint(database: Database) -> str:
    """A digest of every row of every table."""
    digest = hashlib.sha256()
    async with database.transaction() as session:
        tables = await session.scalars(
            text("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1")
        )
        for table in tables:
            rows = await session.scalar(
                text(f"SELECT string_agg(t::text, ';' ORDER BY t::text) FROM {table} t")  # noqa: S608
            )
            digest.update(f"{table}:{rows}".encode())
    return digest.hexdigest()


async def mongo_fingerprint(mongo: Mongo) -> str:
    """A digest of every document of every collection."""
    digest = hashlib.sha256()
    for name in sorted(await mongo.database.list_collection_names()):
        documents = [repr(document) async for document in mongo.database[name].find()]
        digest.update(f"{name}:{sorted(documents)}".encode())
    return digest.hexdigest()
