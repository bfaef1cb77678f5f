"""Fixtures: a shop whose clock stands still until it is moved."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from libs.clock import FixedClock, SystemClock
from tests.payment_service.prices.till import Till
from tests.payment_service.shop import open_shop
from tests.stack import Stack


@pytest.fixture
async def till(stack: Stack, tmp_path: Path) -> AsyncIterator[Till]:
    """The running service, an admin and a tutor."""
    clock = FixedClock(SystemClock().now())
    async with open_shop(stack, tmp_path, clock) as shop:
        yield Till(shop, clock, stack.as_user("admin"), stack.as_user("tutor"))
