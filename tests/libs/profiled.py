"""What the tests of the profiler share: a service without a feature, under the profiler."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import httpx
from fastapi import APIRouter, FastAPI
from redis.asyncio import Redis
from sqlalchemy import text

from libs import app as http
from libs import redis
from libs.clock import FixedClock
from libs.postgres import Database
from libs.postgres_deps import ReadsDep, SessionDep
from libs.profiling import Recorder, Request
from libs.revocations import Revocations
from libs.tokens import TokenVerifier, http_keys
from tests.conftest import SettingsFor
from tests.libs.parts import Settings
from tests.stack import User, running

AsUser = Callable[..., User]
NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
router = APIRouter(prefix="/v1")


@router.get("/things/{code}")
async def get_thing(code: str, session: SessionDep, reads: ReadsDep, more: int = 0) -> str:
    """One statement in AUTOCOMMIT, and `more` in a transaction."""
    async with reads.connect() as connection:
        await connection.execute(text("SELECT :code"), {"code": code})
    for _ in range(more):
        await session.execute(text("SELECT pg_sleep(0.01)"))
    return code


@router.get("/waits")
async def get_waits(session: SessionDep) -> None:
    """Waits for the database only."""
    await session.execute(text("SELECT pg_sleep(0.1)"))


@router.get("/burns")
async def get_burns() -> None:
    """Keeps the processor busy, in pieces between which others run."""
    for _ in range(10):
        burn_the_processor(0.01)
        await asyncio.sleep(0)


@router.get("/fails")
async def get_fails(session: SessionDep) -> None:
    """A statement that the server refuses."""
    await session.execute(text("SELECT 1 / 0"))


def burn_the_processor(seconds: float) -> None:
    """Does nothing useful for so long."""
    until = time.perf_counter() + seconds
    while time.perf_counter() < until:
        sum(range(100))


@dataclass
class Resources:
    """What a service with these routes holds."""

    clock: FixedClock
    database: Database
    redis: "Redis"
    verifier: TokenVerifier
    revocations: Revocations


@dataclass
class World:
    """A service under the profiler."""

    app: FastAPI
    client: httpx.AsyncClient

    @property
    def recorder(self) -> Recorder:
        found: Recorder = self.app.state.recorder
        return found

    async def take(self, path: str, **options: Any) -> Request:
        """Makes a request and returns what the profiler noted of it."""
        await self.client.get(path, **options)
        return max(self.recorder.slowest(), key=lambda request: request.id)


def build(settings: Settings) -> FastAPI:
    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        clock, client = FixedClock(NOW), redis.connect(settings)
        database = Database(settings, clock)
        verifier = TokenVerifier(http_keys(settings.jwks_url), clock)
        http.hand_out(app, Resources(clock, database, client, verifier, Revocations(client)))
        yield
        await client.aclose()
        await database.close()

    return http.build_app(
        http.About("parts", "A service without a feature.", "/api/parts"),
        settings,
        [router],
        lifespan,
        lambda _: {},
    )


@asynccontextmanager
async def profiled(settings_for: SettingsFor, **extra: Any) -> AsyncIterator[World]:
    """The service with its profiler on, over a fresh database."""
    app = build(await settings_for(Settings, "session_service", profiler=True, **extra))
    async with running(app) as client:
        yield World(app, client)
