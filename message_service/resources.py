"""What the processes of message_service hold open."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from redis.asyncio import Redis

from libs import redis
from libs.clock import Clock, SystemClock
from libs.connection import Caps
from libs.limits import Limits
from libs.mongo import Mongo
from libs.revocations import Revocations
from libs.tokens import TokenVerifier, http_keys
from libs.websocket import Sockets
from message_service.changes.service import Changes
from message_service.messages.pace import Pace
from message_service.messages.service import Sender
from message_service.settings import Settings, outbox_channel
from message_service.signals import Signals
from message_service.sockets.hub import Hub, announcer, change_announcer


@dataclass(frozen=True)
class Resources:
    """Handed to routes (by `app.state`), sockets and consumers."""

    settings: Settings
    clock: Clock
    mongo: Mongo
    redis: "Redis"
    limits: Limits
    verifier: TokenVerifier
    revocations: Revocations
    signals: Signals
    sender: Sender
    changes: Changes
    sockets: Sockets
    hub: Hub


@asynccontextmanager
async def open_resources(
    settings: Settings, clock: Clock | None = None, caps: Caps | None = None
) -> AsyncIterator[Resources]:
    """Opens clients (they connect on first use) and closes them at the end."""
    clock = clock or SystemClock()
    client = redis.connect(settings)
    mongo = Mongo(settings, clock, wake=lambda: redis.signal(client, outbox_channel(settings)))
    signals = Signals(client, f"signals:{settings.mongo_database}")
    limits = Limits(client, "message")
    sender = Sender(mongo, Pace(client), announcer(signals))
    changes = Changes(mongo, limits, change_announcer(signals), settings.edit_seconds)
    verifier = TokenVerifier(http_keys(settings.jwks_url), clock)
    revocations = Revocations(client)
    try:
        yield Resources(
            settings=settings,
            clock=clock,
            mongo=mongo,
            redis=client,
            limits=limits,
            verifier=verifier,
            revocations=revocations,
            signals=signals,
            sender=sender,
            changes=changes,
            sockets=Sockets("message_service", verifier, revocations, clock, caps),
            hub=Hub(mongo, signals, sender.memory.notice),
        )
    finally:
        await sender.close()
        await client.aclose()
        await mongo.close()
