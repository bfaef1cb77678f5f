"""Fixtures: the stand-ins on free ports, fresh for each test."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.deploy.vendors.running import Receiver, Stand, receiver, standing


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def webhook_endpoint() -> AsyncIterator[Receiver]:
    """One webhook endpoint for all tests."""
    async with receiver() as running:
        yield running


@pytest.fixture
def hooks(webhook_endpoint: Receiver) -> Receiver:
    """The webhook endpoint, empty and answering 200."""
    webhook_endpoint.got.clear()
    webhook_endpoint.answers.clear()
    return webhook_endpoint


@pytest_asyncio.fixture(loop_scope="session")
async def stand(tmp_path: Path, hooks: Receiver) -> AsyncIterator[Stand]:
    """The whole process, whose Stripe sends its webhooks to `hooks`."""
    async with standing(tmp_path, hooks) as running:
        yield running
