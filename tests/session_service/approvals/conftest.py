"""Fixtures: session_service with its people."""

from collections.abc import AsyncIterator

import pytest

from tests.session_service.world import World, open_world
from tests.stack import Stack


@pytest.fixture
async def world(stack: Stack) -> AsyncIterator[World]:
    """A fresh world."""
    async with open_world(stack) as made:
        yield made
