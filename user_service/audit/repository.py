"""Queries for the audit trail."""

from sqlalchemy.ext.asyncio import AsyncSession

from user_service.audit.models import AuditEntry


async def add(session: AsyncSession, entry: AuditEntry) -> None:
    """Adds an entry."""
    session.add(entry)
    await session.flush()
