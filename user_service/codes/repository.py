"""Queries for codes and grants."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from user_service.codes.models import Grant, MailedCode, email_key


async def add(session: AsyncSession, row: MailedCode | Grant) -> None:
    """Adds a row."""
    session.add(row)
    await session.flush()


async def lock(session: AsyncSession, code_id: UUID) -> MailedCode | None:
    """A code's row, locked."""
    return await session.get(MailedCode, code_id, with_for_update=True)


async def count_try(
    session: AsyncSession, email: str, now: datetime, max_tries: int
) -> tuple[UUID, str] | None:
    """Counts a try at the newest code of an address and returns its id and HMAC; `None` if it may
    not be tried any more.
    """
    newest = (
        select(MailedCode.id)
        .where(MailedCode.email_key == email_key(email))
        .order_by(MailedCode.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    row = (
        await session.execute(
            update(MailedCode)
            .where(
                MailedCode.id == newest,
                MailedCode.tries < max_tries,
                MailedCode.expires_at > now,
                MailedCode.used_at.is_(None),
            )
            .values(tries=MailedCode.tries + 1)
            .returning(MailedCode.id, MailedCode.code_hmac)
        )
    ).first()
    return (row.id, row.code_hmac) if row else None


async def use(session: AsyncSession, code_id: UUID, now: datetime) -> str | None:
    """Marks a code as used and returns its address; `None` if somebody was faster."""
    return await session.scalar(
        update(MailedCode)
        .where(MailedCode.id == code_id, MailedCode.used_at.is_(None))
        .values(used_at=now)
        .returning(MailedCode.email)
    )


async def find_grant(session: AsyncSession, token_hmac: str, now: datetime) -> Grant | None:
    """A grant that is still good."""
    return await session.scalar(
        select(Grant).where(
            Grant.token_hmac == token_hmac, Grant.used_at.is_(None), Grant.expires_at > now
        )
    )


async def use_grant(session: AsyncSession, token_hmac: str, now: datetime) -> str | None:
    """Uses a grant up and returns its address; `None` if it is not good (any more)."""
    return await session.scalar(
        update(Grant)
        .where(Grant.token_hmac == token_hmac, Grant.used_at.is_(None), Grant.expires_at > now)
        .values(used_at=now)
        .returning(Grant.email)
    )
