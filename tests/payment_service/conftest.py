"""Fixtures, fresh for each test: payment_service with Stripe's stand-in, or its database alone."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from libs.clock import FixedClock, SystemClock
from libs.postgres import Database
from payment_service.settings import Settings
from tests.payment_service.shop import Shop, open_shop, stripe_settings
from tests.stack import Stack


@pytest.fixture
async def shop(stack: Stack, tmp_path: Path) -> AsyncIterator[Shop]:
    """The running service."""
    async with open_shop(stack, tmp_path) as running:
        yield running


@pytest.fixture
async def books(stack: Stack) -> AsyncIterator[Database]:
    """Empty books, without the service; the clock stands still."""
    async with stack.passing():
        settings = await stack.settings_for(Settings, "payment_service", **stripe_settings())
        database = Database(settings, FixedClock(SystemClock().now()))
        yield database
        await database.close()
