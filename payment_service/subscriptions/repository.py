"""Queries for subscriptions."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from payment_service.subscriptions.models import Subscription


async def find_of_class(session: AsyncSession, study_session_id: UUID) -> Subscription | None:
    """The subscription of a class, if it has one."""
    return await session.scalar(
        select(Subscription).where(Subscription.study_session_id == study_session_id)
    )


async def add(session: AsyncSession, subscription: Subscription) -> None:
    """Adds a subscription; a class has one at most."""
    session.add(subscription)
    await session.flush()
