"""Fixtures: a database of payment_service's, without the service."""

from collections.abc import AsyncIterator

import pytest

from libs.clock import FixedClock, SystemClock
from libs.postgres import Database
from payment_service.settings import Settings
from tests.payment_service.shop import stripe_settings
from tests.stack import Stack


@pytest.fixture
async def books(stack: Stack) -> AsyncIterator[Database]:
    """Empty books; the clock stands still."""
    async with stack.passing():
        settings = await stack.settings_for(Settings, "payment_service", **stripe_settings())
        database = Database(settings, FixedClock(SystemClock().now()))
        yield database
        await database.close()
