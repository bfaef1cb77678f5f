"""Forgetting what was sent, run by Celery."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import ClassVar

from sqlalchemy.ext.asyncio import AsyncSession

from libs import log
from libs.jobs import Job
from libs.postgres import Database
from payment_service.deliveries import repository

BODIES = timedelta(days=30)
"""How long bodies are kept, and how long a delivery waits."""
ROWS = timedelta(days=365)
"""How long it is kept that there was one."""

logger = log.get(__name__)


class TrimDeliveries(Job):
    """Forget old deliveries; from the schedule."""

    type: ClassVar[str] = "payment.deliveries.trim"


async def trim(database: Database, _: TrimDeliveries) -> None:
    """Skips what has waited too long, drops bodies, and removes what is older still. Safe to run
    twice.
    """
    now = database.clock.now()
    async with database.transaction() as session:
        skipped = await repository.skip_old(session, now - BODIES, now)
    bodies = await _in_batches(database, repository.drop_bodies, now - BODIES)
    rows = await _in_batches(database, repository.drop_old, now - ROWS)
    logger.info("deliveries_trimmed", skipped=skipped, bodies=bodies, rows=rows)


async def _in_batches(
    database: Database,
    drop: Callable[[AsyncSession, datetime], Awaitable[int]],
    before: datetime,
) -> int:
    done, count = 0, repository.BATCH
    while count == repository.BATCH:
        async with database.transaction() as session:
            count = await drop(session, before)
        done += count
    return done
