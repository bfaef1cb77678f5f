"""Fixtures: an office whose books must be whole at the end."""

from collections.abc import AsyncIterator

import pytest

from tests.payment_service.books import audit
from tests.payment_service.subscriptions.office import Office, open_office
from tests.stack import Stack

TAXES = [{"name": "CGST", "percent": "9"}, {"name": "SGST", "percent": "9"}]


@pytest.fixture
async def office(stack: Stack) -> AsyncIterator[Office]:
    """The service on 31 January 2027, with two taxes."""
    async with open_office(stack, tax_parts=TAXES) as running:
        yield running
        await audit(running.parts.database)
