"""Our own events as webhooks."""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from libs.events.base import Event
from payment_service.deliveries import service


async def on_told(session: AsyncSession, events: Sequence[Event]) -> None:
    """Lines events up for their owners' endpoints."""
    await service.record(session, events)
