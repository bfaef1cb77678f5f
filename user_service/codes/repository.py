"""Queries for codes and grants."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from user_service.codes.models import Grant, MailedCode, email_key
from user_service.codes.schemas import Purpose


async def add(session: AsyncSession, row: MailedCode | Grant) -> None:
    """Adds a row."""
    session.add(row)
    await session.flush()


async def lock(session: AsyncSession, code_id: UUID) -> MailedCode | None:
    """A code's row, locked."""
    return await session.get(MailedCode, code_id, with_for_update=True)


def newest(email: str, purpose: Purpose) -> ColumnElement[bool]:
    """Picks the newest code of an address for a purpose."""
    found = (
        select(MailedCode.id)
        .where(MailedCode.email_key == email_key(email), MailedCode.purpose == purpose)
        .order_by(MailedCode.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    return MailedCode.id == found


async def count_try(
    session: AsyncSession, which: ColumnElement[bool], now: datetime, max_tries: int
) -> tuple[UUID, str] | None:
    """Counts a try at a code and returns its id and HMAC; `None` if it may not be tried any
    more.
    """
    row = (
        await session.execute(
            update(MailedCode)
            .where(
                which,
                MailedCode.tries < max_tries,
                MailedCode.expires_at > now,
                MailedCode.used_at.is_(None),
            )
            .values(tries=MailedCode.tries + 1)
            .returning(MailedCode.id, MailedCode.code_hmac)
        )
    ).first()
    return (row.id, row.code_hmac) if row else None


async def use(session: AsyncSession, code_id: UUID, now: datetime) -> MailedCode | None:
    """Marks a code as used and returns it; `None` if somebody was faster."""
    return await session.scalar(
        update(MailedCode)
        .where(MailedCode.id == code_id, MailedCode.used_at.is_(None))
        .values(used_at=now)
        .returning(MailedCode)
    )


def _good(token_hmac: str, purpose: Purpose, now: datetime) -> tuple[ColumnElement[bool], ...]:
    return (
        Grant.token_hmac == token_hmac,
        Grant.purpose == purpose,
        Grant.used_at.is_(None),
        Grant.expires_at > now,
    )


async def find_grant(
    session: AsyncSession, token_hmac: str, purpose: Purpose, now: datetime
) -> Grant | None:
    """A grant that is still good."""
    return await session.scalar(select(Grant).where(*_good(token_hmac, purpose, now)))


async def use_grant(
    session: AsyncSession, token_hmac: str, purpose: Purpose, now: datetime
) -> Grant | None:
    """Uses a grant up and returns it; `None` if it is not good (any more)."""
    return await session.scalar(
        update(Grant)
        .where(*_good(token_hmac, purpose, now))
        .values(used_at=now)
        .returning(Grant)
        .execution_options(populate_existing=True)
    )


async def use_all(session: AsyncSession, account_id: UUID, purpose: Purpose, now: datetime) -> None:
    """Uses up all codes and grants that an account has for a purpose."""
    for kind in (MailedCode, Grant):
        await session.execute(
            update(kind)
            .where(kind.account_id == account_id, kind.purpose == purpose, kind.used_at.is_(None))
            .values(used_at=now)
        )
