"""Forgetting what webhooks say of people, run by Celery."""

from datetime import timedelta
from typing import ClassVar

from libs import log
from libs.jobs import Job
from libs.postgres import Database
from payment_service.webhooks import repository

WORD_FOR_WORD = timedelta(days=90)
"""How long bodies are kept as they came, to look into disputes."""

logger = log.get(__name__)


class RedactWebhooks(Job):
    """Leave nothing but ids and sums of webhooks that are old; from the schedule."""

    type: ClassVar[str] = "payment.webhooks.redact"


async def redact(database: Database, _: RedactWebhooks) -> None:
    """Redacts all webhooks whose time is over, those that came after an erasure among them."""
    now, count, done = database.clock.now(), repository.BATCH, 0
    while count == repository.BATCH:
        async with database.transaction() as session:
            count = await repository.redact_before(session, now - WORD_FOR_WORD, now)
        done += count
    logger.info("webhooks_redacted", count=done)
