"""Sealing the audit trail, run by Celery."""

from typing import ClassVar

from libs import log
from libs.jobs import Job
from libs.postgres import Database
from user_service.audit import sealing

logger = log.get(__name__)


class SealEntries(Job):
    """Seal what was recorded since the last time; from the schedule."""

    type: ClassVar[str] = "user.audit.seal_entries"


async def seal_entries(database: Database, _: SealEntries) -> None:
    """Seals all entries that wait, in batches. The newest seal is logged: where logs are kept apart
    from the database, they are the anchor that shows when the trail's end was cut off.
    """
    while True:
        async with database.transaction() as session:
            seals = await sealing.seal(session)
        if seals:
            logger.info("audit_sealed", seq=seals[-1].seq, hash=seals[-1].hash)
        if len(seals) < sealing.BATCH:
            return
