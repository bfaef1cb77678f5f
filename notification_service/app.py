"""The HTTP process of notification_service."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

from fastapi import FastAPI

from libs import app as http
from libs import probes
from libs.clock import Clock
from libs.process import settle
from libs.settings import load
from notification_service import indexes
from notification_service.devices.router import router as devices
from notification_service.notifications.router import router as notifications
from notification_service.resources import open_resources
from notification_service.settings import Settings


def create_app(settings: Settings | None = None, clock: Clock | None = None) -> FastAPI:
    """Builds the app; without arguments from the environment."""
    settings = settings or load(Settings)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with open_resources(settings, clock) as resources:
            http.hand_out(app, resources)
            revocations = asyncio.create_task(resources.revocations.run())
            http.drain_on_sigterm(app)
            settle()
            yield
            revocations.cancel()

    def checks(app: FastAPI) -> Mapping[str, probes.Check]:
        return {
            "database": app.state.mongo.ping,
            "indexes": lambda: indexes.check(app.state.mongo),
            "redis": lambda: app.state.redis.ping(),
        }

    return http.build_app(
        http.About(
            "notification_service",
            "Each person's notifications, and devices for pushes.",
            "/api/notifications",
        ),
        settings,
        [notifications, devices],
        lifespan,
        checks,
    )
