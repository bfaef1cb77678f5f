"""Fixtures: payment_service in this process, without Stripe; the clock stands still."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

import httpx
import pytest

from libs.clock import FixedClock, SystemClock
from libs.postgres import Database
from payment_service.app import create_app
from payment_service.ledger.checks import check
from payment_service.resources import Resources
from payment_service.settings import Settings
from tests.payment_service.shop import stripe_settings
from tests.stack import Stack, running


@dataclass
class Till:
    """The service and its client."""

    stack: Stack
    parts: Resources
    clock: FixedClock
    client: httpx.AsyncClient

    @property
    def database(self) -> Database:
        """The service's own."""
        return self.parts.database


@pytest.fixture
async def till(stack: Stack) -> AsyncIterator[Till]:
    """The running service; at the end its books must be whole."""
    settings = await stack.settings_for(Settings, "payment_service", **stripe_settings())
    clock = FixedClock(SystemClock().now().replace(hour=12))
    app = create_app(settings, clock)
    async with stack.passing(), running(app) as client:
        parts: Resources = app.state.resources
        yield Till(stack, parts, clock, client)
        found = await check(parts.database)
        assert found.balanced, found
