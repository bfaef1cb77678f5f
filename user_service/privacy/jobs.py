"""Keeping what the data map promises, run by Celery."""

from libs import log, personal_rows
from libs.postgres import Database
from user_service.privacy.data_map import STORES
from user_service.privacy.schemas import ForgetOld

logger = log.get(__name__)


async def forget_old(database: Database, _: ForgetOld) -> None:
    """Drops rows whose time is over."""
    async with database.transaction() as session:
        dropped = await personal_rows.sweep(session, STORES, database.clock.now())
    logger.info("old_rows_dropped", count=dropped)
