"""Fixtures of message_service's tests."""

from collections.abc import AsyncIterator

import pytest

from message_service.settings import Settings
from tests.conftest import SettingsFor
from tests.message_service.world import World, serving
from tests.stack import Stack


@pytest.fixture
async def world(stack: Stack, settings_for: SettingsFor) -> AsyncIterator[World]:
    """A message_service of the test's own."""
    settings = await settings_for(Settings, "message_service")
    async with serving(stack, settings) as running:
        yield running
