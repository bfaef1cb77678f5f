"""Fixtures: payment_service at an hour of the test's choice."""

from collections.abc import AsyncIterator

import pytest

from tests.payment_service.subscriptions.office import Office, open_office
from tests.stack import Stack


@pytest.fixture
async def office(stack: Stack) -> AsyncIterator[Office]:
    """The service on 31 January 2027."""
    async with open_office(stack) as running:
        yield running
