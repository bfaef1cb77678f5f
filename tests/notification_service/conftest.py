"""Fixtures of notification_service's tests."""

from collections.abc import AsyncIterator

import pytest

from libs.mongo import Mongo
from notification_service.settings import Settings
from tests.conftest import SettingsFor
from tests.notification_service.world import Provider, open_mongo, open_provider


@pytest.fixture
async def provider() -> AsyncIterator[Provider]:
    """The FCM stand-in."""
    async with open_provider() as running:
        yield running


@pytest.fixture
async def settings(settings_for: SettingsFor, provider: Provider) -> Settings:
    """Settings over a fresh database and the stand-in."""
    return await settings_for(
        Settings, "notification_service", fcm_project="studyzed-test", fcm_url=provider.url
    )


@pytest.fixture
async def mongo(settings: Settings) -> AsyncIterator[Mongo]:
    """The database."""
    async with open_mongo(settings) as opened:
        yield opened
