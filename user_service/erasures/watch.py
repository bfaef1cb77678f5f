"""Tells Prometheus how many erasures hang."""

import asyncio

from prometheus_client import Gauge

from libs import log
from libs.errors import Unavailable
from libs.postgres import Database
from user_service.erasures import repository, service

SECONDS = 60.0
UNCONFIRMED = Gauge(
    "erasures_unconfirmed", "Erasures that some service has not confirmed for a day."
)

logger = log.get(__name__)


async def keep(database: Database) -> None:
    """Counts until cancelled."""
    while True:
        try:
            await count(database)
        except Unavailable as error:
            logger.warning("erasures_not_counted", reason=error.detail)
        await asyncio.sleep(SECONDS)


async def count(database: Database) -> None:
    """Counts once. Raises `Unavailable`."""
    async with database.transaction() as session:
        before = database.clock.now() - service.LATE
        UNCONFIRMED.set(await repository.count_unconfirmed(session, before))
