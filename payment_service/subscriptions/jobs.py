"""The sweeper of subscriptions: each class in a transaction of its own, under its lock. It keeps
nothing in memory and is safe to run twice, also at the same time.
"""

from datetime import datetime
from functools import partial
from uuid import UUID

from libs import sweeps
from libs.crashpoint import reach
from libs.postgres import Database
from payment_service.subscriptions import repository, service
from payment_service.subscriptions.schemas import SweepSubscriptions


async def sweep_subscriptions(database: Database, _: SweepSubscriptions) -> None:
    """One round over all that is due. Raises `Unavailable`."""
    now, last = database.clock.now(), None
    while True:
        async with database.transaction() as session:
            due = await repository.list_due(session, now, last)
        classes = [study_session_id for _, study_session_id in due]
        await sweeps.each("subscriptions", classes, partial(_sweep, database, now))
        if len(due) < repository.BATCH:
            return
        last = due[-1][0]


async def _sweep(database: Database, now: datetime, study_session_id: UUID) -> None:
    async with database.transaction() as session:
        await service.sweep(session, study_session_id, now)
    await reach("subscriptions.after_step")
