"""What the processes of session_service hold open."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from redis.asyncio import Redis

from libs import redis
from libs.clock import Clock, SystemClock
from libs.limits import Limits
from libs.objects import Objects
from libs.postgres import Database
from libs.revocations import Revocations
from libs.tokens import TokenVerifier, http_keys
from session_service.settings import Settings


@dataclass(frozen=True)
class Resources:
    """Handed to routes (by `app.state`) and loops."""

    settings: Settings
    clock: Clock
    database: Database
    redis: "Redis"
    limits: Limits
    verifier: TokenVerifier
    revocations: Revocations
    objects: Objects


@asynccontextmanager
async def open_resources(
    settings: Settings, clock: Clock | None = None
) -> AsyncIterator[Resources]:
    """Opens clients (they connect on first use) and closes them at the end."""
    clock = clock or SystemClock()
    database = Database(settings, clock, name="session_service")
    client = redis.connect(settings)
    objects = Objects(settings, clock)
    try:
        yield Resources(
            settings=settings,
            clock=clock,
            database=database,
            redis=client,
            limits=Limits(client, "session"),
            verifier=TokenVerifier(http_keys(settings.jwks_url), clock),
            revocations=Revocations(client),
            objects=objects,
        )
    finally:
        await objects.close()
        await client.aclose()
        await database.close()
