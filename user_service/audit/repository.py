"""Queries for the audit trail."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from libs.pagination import PageRequest, newest_first
from user_service.audit.models import AuditEntry
from user_service.audit.schemas import Filter


async def add(session: AsyncSession, entry: AuditEntry) -> None:
    """Adds an entry."""
    session.add(entry)
    await session.flush()


async def list_page(
    session: AsyncSession, wanted: Filter, page: PageRequest
) -> Sequence[AuditEntry]:
    """The entries that are asked for, newest first."""
    statement = newest_first(select(AuditEntry), AuditEntry.id, page)
    if wanted.actor_id is not None:
        statement = statement.where(AuditEntry.actor_id == wanted.actor_id)
    if wanted.subject_id is not None:
        statement = statement.where(AuditEntry.subject_id == wanted.subject_id)
    if wanted.action is not None:
        statement = statement.where(AuditEntry.action == wanted.action)
    if wanted.since is not None:
        statement = statement.where(AuditEntry.at >= wanted.since)
    if wanted.before is not None:
        statement = statement.where(AuditEntry.at < wanted.before)
    return (await session.scalars(statement)).all()
