"""What other services' events mean for classes."""

from sqlalchemy.ext.asyncio import AsyncSession

from libs.events.payment import SubscriptionPaid
from libs.events.payment_subscriptions import (
    SubscriptionExpired,
    SubscriptionRestored,
    SubscriptionSuspended,
)
from session_service.study_sessions import service
from session_service.study_sessions.schemas import State


async def on_subscription_paid(session: AsyncSession, event: SubscriptionPaid) -> None:
    """The class is paid for."""
    await service.pay(session, event.study_session_id, event.paid_at)


async def on_subscription_suspended(session: AsyncSession, event: SubscriptionSuspended) -> None:
    """It was not paid for in time: the class can be read only."""
    await service.follow(session, event.study_session_id, event.revision, State.SUSPENDED)


async def on_subscription_restored(session: AsyncSession, event: SubscriptionRestored) -> None:
    """It is paid for again: the class goes on."""
    await service.follow(session, event.study_session_id, event.revision, State.ACTIVE)


async def on_subscription_expired(session: AsyncSession, event: SubscriptionExpired) -> None:
    """Nobody has paid for so long that the class ends."""
    await service.follow(session, event.study_session_id, event.revision, State.ENDED)
