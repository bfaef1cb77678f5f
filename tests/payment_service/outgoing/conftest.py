"""Fixtures: the service with what sends, and somebody's server."""

from collections.abc import AsyncIterator

import pytest

from tests.payment_service.outgoing.office import Office, open_office
from tests.payment_service.outgoing.receiver import Receiver, receiving
from tests.stack import Stack


@pytest.fixture
async def office(stack: Stack) -> AsyncIterator[Office]:
    """The running service."""
    async with open_office(stack, webhook_timeout=1.0) as running:
        yield running


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    """A server on a free port."""
    async with receiving() as running:
        yield running
