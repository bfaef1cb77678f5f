"""The HTTP and WebSocket process of message_service."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

from fastapi import FastAPI
from starlette.routing import WebSocketRoute

from libs import app as http
from libs import probes
from libs.clock import Clock
from libs.connection import Caps
from libs.process import settle
from libs.settings import load
from message_service.changes.router import router as changes
from message_service.channels.router import router as channels
from message_service.conversations.router import router as conversations
from message_service.messages.router import router as messages
from message_service.moderation.router import reports
from message_service.moderation.router import router as moderation
from message_service.preferences.router import router as preferences
from message_service.resources import open_resources
from message_service.settings import Settings
from message_service.sockets.ws import connect


def create_app(
    settings: Settings | None = None, clock: Clock | None = None, caps: Caps | None = None
) -> FastAPI:
    """Builds the app; without arguments from the environment."""
    settings = settings or load(Settings)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with open_resources(settings, clock, caps) as resources:
            http.hand_out(app, resources)
            loops = [
                asyncio.create_task(resources.revocations.run()),
                asyncio.create_task(resources.sockets.watch(app.state.draining)),
                asyncio.create_task(resources.hub.run()),
            ]
            http.drain_on_sigterm(app)
            settle()
            yield
            for loop in loops:
                loop.cancel()
            await asyncio.gather(*loops, return_exceptions=True)

    def checks(app: FastAPI) -> Mapping[str, probes.Check]:
        return {
            "mongo": app.state.mongo.ping,
            "redis": lambda: app.state.redis.ping(),
            "signals": app.state.hub.check,
        }

    app = http.build_app(
        http.About(
            "message_service", "Conversations, messages and live sockets.", "/api/communication"
        ),
        settings,
        [conversations, messages, changes, channels, moderation, reports, preferences],
        lifespan,
        checks,
    )
    # Starlette's own route: FastAPI's would keep 4 KB more for each idle socket.
    app.router.routes.append(WebSocketRoute("/ws/v1", connect))
    return app
