"""The sweeper of holds: what nobody has captured in time goes back. Safe to run twice."""

from typing import ClassVar

from libs import log
from libs.jobs import Job
from libs.postgres import Database
from payment_service.holds import repository, service
from payment_service.holds.errors import HoldClosed

logger = log.get(__name__)


class SweepHolds(Job):
    """Release holds whose time is over."""

    type: ClassVar[str] = "payment.holds.sweep"


async def sweep_holds(database: Database, _: SweepHolds) -> None:
    """One round, each hold in a transaction of its own."""
    now = database.clock.now()
    async with database.transaction() as session:
        expired = await repository.list_expired(session, now)
    for hold_id in expired:
        try:
            async with database.transaction() as session:
                await service.release(session, hold_id, now)
        except HoldClosed:  # captured at the last moment
            logger.info("hold_closed_meanwhile", hold_id=str(hold_id))
