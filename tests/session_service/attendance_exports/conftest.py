"""A class with material."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.session_service.materials.library import Library, open_library
from tests.stack import Stack


@pytest.fixture
async def library(stack: Stack, tmp_path: Path) -> AsyncIterator[Library]:
    async with stack.passing(), open_library(stack, tmp_path) as made:
        yield made
