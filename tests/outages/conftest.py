"""A platform of two services on servers of its own."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from libs.tokens import SigningKey
from tests.kafka.conftest import report
from tests.outages.ground import Ground, open_ground
from tests.outages.platform import Platform, open_platform
from tests.stack import Stack

__all__ = ["report"]


@pytest.fixture(scope="session")
async def ground() -> AsyncIterator[Ground]:
    """The servers."""
    async with open_ground() as made:
        yield made


@pytest.fixture
async def platform(
    ground: Ground, jwks: tuple[SigningKey, str], tmp_path: Path
) -> AsyncIterator[Platform]:
    """session_service and notification_service over fresh databases, ready."""
    async with open_platform(ground, Stack(ground.servers, *jwks), tmp_path) as made:
        yield made
