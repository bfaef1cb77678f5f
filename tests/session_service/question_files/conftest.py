"""A tutor with a bank of questions."""

from collections.abc import AsyncIterator

import pytest

from tests.session_service.assessments.school import School, open_school
from tests.stack import Stack


@pytest.fixture
async def school(stack: Stack) -> AsyncIterator[School]:
    async with open_school(stack) as made:
        yield made
