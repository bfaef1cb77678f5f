"""A class with work."""

from collections.abc import AsyncIterator

import pytest

from tests.session_service.desk import Desk, open_desk
from tests.stack import Stack


@pytest.fixture
async def desk(stack: Stack) -> AsyncIterator[Desk]:
    async with open_desk(stack) as made:
        yield made
