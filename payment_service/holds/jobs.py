"""The sweeper of holds: what nobody has captured in time goes back. Safe to run twice."""

from datetime import datetime
from functools import partial
from typing import ClassVar
from uuid import UUID

from libs import log, sweeps
from libs.jobs import Job
from libs.postgres import Database
from payment_service.holds import repository, service
from payment_service.holds.errors import HoldClosed

logger = log.get(__name__)


class SweepHolds(Job):
    """Release holds whose time is over."""

    type: ClassVar[str] = "payment.holds.sweep"


async def sweep_holds(database: Database, _: SweepHolds) -> None:
    """One round, each hold in a transaction of its own. Raises `Unavailable`."""
    now = database.clock.now()
    async with database.transaction() as session:
        expired = await repository.list_expired(session, now)
    await sweeps.each("holds", expired, partial(_release, database, now))


async def _release(database: Database, now: datetime, hold_id: UUID) -> None:
    try:
        async with database.transaction() as session:
            await service.release(session, hold_id, now)
    except HoldClosed:  # captured at the last moment
        logger.info("hold_closed_meanwhile", hold_id=str(hold_id))
