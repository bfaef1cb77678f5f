"""What calls mean for attendance."""

from sqlalchemy.ext.asyncio import AsyncSession

from libs.events.message import CallAttended
from session_service.attendance import service


async def on_call_attended(session: AsyncSession, event: CallAttended) -> None:
    """Keeps the stay; it counts when the lesson is closed, or at once if it is already."""
    await service.attend(session, event)
