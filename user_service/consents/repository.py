"""Queries for consents."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncSession

from libs.pagination import PageRequest, newest_first
from user_service.consents.models import Age, Consent


async def add(session: AsyncSession, *rows: Consent | Age) -> None:
    """Adds statements."""
    session.add_all(rows)
    await session.flush()


async def list_current(session: AsyncSession, account_id: UUID) -> Sequence[Consent]:
    """The newest statement about each purpose."""
    statement = (
        select(Consent)
        .where(Consent.account_id == account_id)
        .ext(distinct_on(Consent.purpose))
        .order_by(Consent.purpose, Consent.id.desc())
    )
    return (await session.scalars(statement)).all()


async def list_page(
    session: AsyncSession, account_id: UUID, page: PageRequest
) -> Sequence[Consent]:
    """All statements of a person, newest first."""
    statement = select(Consent).where(Consent.account_id == account_id)
    return (await session.scalars(newest_first(statement, Consent.id, page))).all()


async def find_age(session: AsyncSession, account_id: UUID) -> Age | None:
    """What a person said of their age."""
    return await session.get(Age, account_id)
