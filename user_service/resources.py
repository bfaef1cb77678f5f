"""What the processes of user_service hold open."""

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
from libs.tokens import TokenVerifier
from user_service.accounts.passwords import Passwords
from user_service.audit import chain
from user_service.google.google_gateway import GoogleGateway
from user_service.google.id_tokens import IdTokens
from user_service.keys.ring import KeyRing
from user_service.settings import Settings


@dataclass(frozen=True)
class Resources:
    """Handed to routes (by `app.state`), loops and jobs."""

    settings: Settings
    clock: Clock
    database: Database
    redis: "Redis"
    limits: Limits
    verifier: TokenVerifier
    revocations: Revocations
    passwords: Passwords
    keys: KeyRing
    objects: Objects
    google: IdTokens


@asynccontextmanager
async def open_resources(
    settings: Settings, clock: Clock | None = None
) -> AsyncIterator[Resources]:
    """Opens clients (they connect on first use) and closes them at the end."""
    clock = clock or SystemClock()
    database = Database(settings, clock, name="user_service", info=chain.info(settings))
    client = redis.connect(settings)
    keys = KeyRing(database, settings.key_secret.get_secret_value())
    passwords = Passwords(settings.hash_threads)
    objects = Objects(settings, clock)
    apps = [one.strip() for one in settings.google_client_ids.split(",") if one.strip()]
    google = IdTokens(GoogleGateway(settings.google_certificates_url), apps)
    try:
        yield Resources(
            settings=settings,
            clock=clock,
            database=database,
            redis=client,
            limits=Limits(client, "user"),
            verifier=TokenVerifier(keys.public_jwks, clock),
            revocations=Revocations(client),
            passwords=passwords,
            keys=keys,
            objects=objects,
            google=google,
        )
    finally:
        passwords.close()
        await objects.close()
        await client.aclose()
        await database.close()
