"""Queries for webhooks."""

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from payment_service.webhooks.models import Webhook

COLUMNS = ("id", "source", "event_id", "type", "body", "outcome", "received_at")


async def add_new(session: AsyncSession, webhook: Webhook) -> Webhook | None:
    """Stores a webhook and returns its row, or `None` if it has been stored before.

    Waits for a twin that is being handled at this moment.
    """
    values = {name: getattr(webhook, name) for name in COLUMNS}
    statement = insert(Webhook).values(values).on_conflict_do_nothing().returning(Webhook)
    return await session.scalar(statement)
