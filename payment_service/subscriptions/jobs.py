"""The sweeper of subscriptions: each class in a transaction of its own, under its lock. It keeps
nothing in memory and is safe to run twice, also at the same time.
"""

from libs import log
from libs.crashpoint import reach
from libs.errors import Unavailable
from libs.postgres import Database
from payment_service.subscriptions import repository, service
from payment_service.subscriptions.schemas import SweepSubscriptions

logger = log.get(__name__)


async def sweep_subscriptions(database: Database, _: SweepSubscriptions) -> None:
    """One round over all that is due. Raises `Unavailable`."""
    now, last = database.clock.now(), None
    while True:
        async with database.transaction() as session:
            due = await repository.list_due(session, now, last)
        for last, study_session_id in due:  # noqa: B007  (where the next page begins)
            try:
                async with database.transaction() as session:
                    await service.sweep(session, study_session_id, now)
                await reach("subscriptions.after_step")
            except Unavailable:
                raise
            except Exception:  # one that is wrong must not keep the others waiting
                logger.exception("subscription_not_swept", study_session_id=str(study_session_id))
        if len(due) < repository.BATCH:
            return
