"""Queries for personal access tokens."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from libs.pagination import PageRequest, newest_first
from user_service.accounts.models import Account
from user_service.tokens.models import PersonalToken

EXACT_TO = timedelta(minutes=1)
"""How often at most the last use is written down."""


async def add(session: AsyncSession, token: PersonalToken) -> None:
    """Adds a token."""
    session.add(token)
    await session.flush()


async def count_living(session: AsyncSession, account_id: UUID, now: datetime) -> int:
    """How many tokens of an account are still good."""
    living = select(func.count()).where(
        PersonalToken.account_id == account_id,
        PersonalToken.revoked_at.is_(None),
        PersonalToken.expires_at > now,
    )
    return await session.scalar(living) or 0


async def list_page(
    session: AsyncSession, account_id: UUID, page: PageRequest
) -> Sequence[PersonalToken]:
    """Tokens of an account that are not revoked, newest first."""
    wanted = select(PersonalToken).where(
        PersonalToken.account_id == account_id, PersonalToken.revoked_at.is_(None)
    )
    return (await session.scalars(newest_first(wanted, PersonalToken.id, page))).all()


async def revoke(session: AsyncSession, account_id: UUID, token_id: UUID, now: datetime) -> bool:
    """Revokes a token of an account; false when it has no such one."""
    revoked = await session.scalar(
        update(PersonalToken)
        .where(
            PersonalToken.id == token_id,
            PersonalToken.account_id == account_id,
            PersonalToken.revoked_at.is_(None),
        )
        .values(revoked_at=now)
        .returning(PersonalToken.id)
    )
    return revoked is not None


async def revoke_all(session: AsyncSession, account_id: UUID, now: datetime) -> int:
    """Revokes all tokens of an account; returns how many."""
    revoked = await session.scalars(
        update(PersonalToken)
        .where(PersonalToken.account_id == account_id, PersonalToken.revoked_at.is_(None))
        .values(revoked_at=now)
        .returning(PersonalToken.id)
    )
    return len(revoked.all())


async def find(
    session: AsyncSession, secret_hmac: str, now: datetime
) -> tuple[PersonalToken, Account] | None:
    """A good token and whose it is."""
    row = (
        await session.execute(
            select(PersonalToken, Account)
            .join(Account, Account.id == PersonalToken.account_id)
            .where(
                PersonalToken.secret_hmac == secret_hmac,
                PersonalToken.revoked_at.is_(None),
                PersonalToken.expires_at > now,
            )
        )
    ).first()
    return (row[0], row[1]) if row else None


async def note_use(session: AsyncSession, token_id: UUID, now: datetime) -> None:
    """Writes down that a token was used, once a minute at most."""
    await session.execute(
        update(PersonalToken)
        .where(
            PersonalToken.id == token_id,
            or_(PersonalToken.last_used_at.is_(None), PersonalToken.last_used_at <= now - EXACT_TO),
        )
        .values(last_used_at=now)
    )


async def list_revoked(session: AsyncSession, since: datetime) -> Sequence[tuple[UUID, datetime]]:
    """Ids and ends of tokens that were revoked after an instant."""
    rows = await session.execute(
        select(PersonalToken.id, PersonalToken.revoked_at).where(PersonalToken.revoked_at > since)
    )
    return [(token_id, revoked_at) for token_id, revoked_at in rows if revoked_at is not None]
