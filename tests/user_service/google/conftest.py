"""Fixtures of the tests of sign-in by Google."""

from collections.abc import AsyncIterator

import pytest

from tests.conftest import SettingsFor
from tests.user_service.google.issuer import CLIENT, Issuer, issuing
from tests.user_service.world import World, new_world


@pytest.fixture
async def issuer() -> AsyncIterator[Issuer]:
    async with issuing() as made:
        yield made


@pytest.fixture
async def world(settings_for: SettingsFor, issuer: Issuer) -> AsyncIterator[World]:
    settings = {
        "google_client_ids": f"{CLIENT}, other.{CLIENT}",
        "google_certificates_url": issuer.url,
    }
    async with new_world(settings_for, **settings) as made:
        yield made
