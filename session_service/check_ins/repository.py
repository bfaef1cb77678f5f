"""Queries for the secrets of codes; who may ask is known to the caller."""

from uuid import UUID

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from session_service.check_ins.models import CheckInSecret


async def find(session: AsyncSession, lesson_id: UUID) -> bytes | None:
    """From what a lesson's codes are drawn, if any was shown."""
    found = await session.get(CheckInSecret, lesson_id)
    return found.secret if found else None


async def ensure(session: AsyncSession, lesson_id: UUID, drawn: bytes) -> bytes:
    """The same; `drawn` becomes it if there is none."""
    values = {"lesson_id": lesson_id, "secret": drawn}
    await session.execute(insert(CheckInSecret).values(values).on_conflict_do_nothing())
    return (await session.get_one(CheckInSecret, lesson_id)).secret
