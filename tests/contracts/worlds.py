"""A service's world of the table of rights, opened up for what floods it with requests."""

import importlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from libs.limits import Hit
from tests.access.table import World
from tests.deploy.vendors.running import Receiver, standing
from tests.stack import Stack


async def _uncounted(_name: str, _who: str, limit: int, seconds: int) -> Hit:
    return Hit(limit, 1, seconds)


def app_of(world: World) -> Any:
    """The app behind a world's client."""
    return world.client._transport.app  # type: ignore[attr-defined]


@asynccontextmanager
async def opened(stack: Stack, service: str, data: Path) -> AsyncIterator[World]:
    """The world without rate limits, which have tests of their own and would hide what is behind
    them; with Stripe's stand-in, its files in `data`, for the service that needs one.
    """
    module = importlib.import_module(f"tests.access.{service}")
    async with stack.passing(), module.world(stack) as world:
        parts = app_of(world).state.resources
        parts.limits.hit = _uncounted
        if service != "payment_service":
            yield world
            return
        async with standing(data, Receiver(url="http://127.0.0.1:9/")) as stand:
            settings = parts.settings.model_copy(update={"stripe_api_base": f"{stand.base}/stripe"})
            parts.gateway._settings = settings
            yield world
