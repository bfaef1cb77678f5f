"""A class at its tests."""

from collections.abc import AsyncIterator

import pytest

from tests.session_service.assessments.school import open_school
from tests.session_service.attempts.hall import Hall
from tests.stack import Stack


@pytest.fixture
async def hall(stack: Stack) -> AsyncIterator[Hall]:
    async with open_school(stack) as made:
        yield Hall(made.world, made.made)
