"""What the processes of notification_service hold open."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from redis.asyncio import Redis

from libs import redis
from libs.clock import Clock, SystemClock
from libs.limits import Limits
from libs.mongo import Mongo
from libs.revocations import Revocations
from libs.tokens import TokenVerifier, http_keys
from notification_service.push.fcm_gateway import FcmGateway
from notification_service.settings import Settings


@dataclass(frozen=True)
class Resources:
    """Handed to routes (by `app.state`), consumers and jobs."""

    settings: Settings
    clock: Clock
    mongo: Mongo
    redis: "Redis"
    limits: Limits
    verifier: TokenVerifier
    revocations: Revocations
    gateway: FcmGateway


def outbox_channel(settings: Settings) -> str:
    """The Redis channel by which a commit wakes the relay."""
    return f"outbox:{settings.mongo_database}"


@asynccontextmanager
async def open_resources(
    settings: Settings, clock: Clock | None = None
) -> AsyncIterator[Resources]:
    """Opens clients (they connect on first use) and closes them at the end.

    Call it on the event loop that will use them: Motor and the push client stay with their loop.
    """
    clock = clock or SystemClock()
    client = redis.connect(settings)
    mongo = Mongo(settings, clock, wake=lambda: redis.signal(client, outbox_channel(settings)))
    gateway = FcmGateway(settings.fcm_project, settings.fcm_url, settings.fcm_credentials)
    try:
        yield Resources(
            settings=settings,
            clock=clock,
            mongo=mongo,
            redis=client,
            limits=Limits(client, "notification"),
            verifier=TokenVerifier(http_keys(settings.jwks_url), clock),
            revocations=Revocations(client),
            gateway=gateway,
        )
    finally:
        await gateway.close()
        await client.aclose()
        await mongo.close()
