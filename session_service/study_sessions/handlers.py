"""What other services' events mean for classes."""

from sqlalchemy.ext.asyncio import AsyncSession

from libs.events.payment import SubscriptionPaid
from session_service.study_sessions import service


async def on_subscription_paid(session: AsyncSession, event: SubscriptionPaid) -> None:
    """The class is paid for."""
    await service.pay(session, event.study_session_id, event.paid_at)
