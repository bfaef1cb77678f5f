"""Fixtures of user_service's tests."""

from collections.abc import AsyncIterator

import pytest

from tests.conftest import SettingsFor
from tests.user_service.world import World, new_world


@pytest.fixture
async def world(settings_for: SettingsFor) -> AsyncIterator[World]:
    """A running service without people but the admin."""
    async with new_world(settings_for) as made:
        yield made
