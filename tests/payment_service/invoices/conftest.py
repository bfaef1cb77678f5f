"""Fixtures: a shop that keeps files, in a country with taxes."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.objects import object_store
from tests.payment_service.invoices.office import GST
from tests.payment_service.shop import Shop, open_shop
from tests.stack import Stack

SETTINGS = {
    "tax_parts": GST,
    "issuer_name": "StudyZed Test",
    "issuer_address": "1 College Road\nKolkata",
    "issuer_tax_id": "19AAAAA0000A1Z5",
    "database_pool_size": 20,
    "database_pool_timeout": 60,
}


@pytest.fixture
async def office(stack: Stack, tmp_path: Path) -> AsyncIterator[Shop]:
    """The running service with an object store."""
    async with object_store() as store:
        more: dict[str, Any] = SETTINGS | store
        async with open_shop(stack, tmp_path, **more) as running:
            yield running
