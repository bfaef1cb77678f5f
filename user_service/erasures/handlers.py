"""What services answer about erasures."""

from sqlalchemy.ext.asyncio import AsyncSession

from libs.events.privacy import ErasureConfirmed
from user_service.erasures import service


async def on_erasure_confirmed(session: AsyncSession, event: ErasureConfirmed) -> None:
    """A service has erased a person."""
    await service.confirm(session, event)
