"""What services answer about exports."""

from sqlalchemy.ext.asyncio import AsyncSession

from libs.events.privacy import ExportPartReady
from user_service.exports import service


async def on_export_part_ready(session: AsyncSession, event: ExportPartReady) -> None:
    """A part lies in the object store."""
    await service.receive(session, event)
