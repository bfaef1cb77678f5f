"""What the processes of payment_service hold open."""

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
from payment_service.checkouts.stripe_gateway import StripeGateway
from payment_service.invoices import states as invoices
from payment_service.settings import Settings


@dataclass(frozen=True)
class Resources:
    """Handed to routes (by `app.state`), handlers and jobs."""

    settings: Settings
    clock: Clock
    database: Database
    redis: "Redis"
    limits: Limits
    verifier: TokenVerifier
    revocations: Revocations
    gateway: StripeGateway
    objects: Objects


@asynccontextmanager
async def open_resources(
    settings: Settings, clock: Clock | None = None
) -> AsyncIterator[Resources]:
    """Opens clients (they connect on first use) and closes them at the end."""
    clock = clock or SystemClock()
    info = {"billing_zone": settings.billing_zone} | invoices.info(settings)
    database = Database(settings, clock, name="payment_service", info=info)
    client = redis.connect(settings)
    gateway = StripeGateway(settings)
    objects = Objects(settings, clock)
    try:
        yield Resources(
            settings=settings,
            clock=clock,
            database=database,
            redis=client,
            limits=Limits(client, "payment"),
            verifier=TokenVerifier(http_keys(settings.jwks_url), clock),
            revocations=Revocations(client),
            gateway=gateway,
            objects=objects,
        )
    finally:
        await objects.close()
        await gateway.close()
        await client.aclose()
        await database.close()
