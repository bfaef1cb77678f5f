"""Fixtures: payment_service and Stripe's stand-in, fresh for each test."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.payment_service.shop import Shop, open_shop
from tests.stack import Stack


@pytest.fixture
async def shop(stack: Stack, tmp_path: Path) -> AsyncIterator[Shop]:
    """The running service."""
    async with open_shop(stack, tmp_path) as running:
        yield running
