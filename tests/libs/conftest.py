"""The small service on which the tests of `libs` stand."""

from collections.abc import AsyncIterator

import pytest

from libs.clock import SystemClock
from libs.kafka import Producer, ensure_topics
from libs.postgres import Database
from tests.conftest import SettingsFor
from tests.libs.parts import TOPIC, Parts, Settings, make_tables


@pytest.fixture
async def parts(settings_for: SettingsFor) -> AsyncIterator[Parts]:
    """A database, a topic and a producer of a test's own."""
    settings = await settings_for(Settings, "session_service", kafka_session_timeout_ms=1_000)
    await make_tables(settings)
    await ensure_topics(settings, [TOPIC])
    database, producer = Database(settings, SystemClock()), Producer(settings)
    yield Parts(settings, database, producer)
    await producer.stop()
    await database.close()
