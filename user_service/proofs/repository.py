"""Queries for factors, recovery codes and challenges."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from libs import postgres
from user_service.base import Base
from user_service.proofs.errors import PasskeyKnown
from user_service.proofs.models import Challenge, Passkey, RecoveryCode, Totp


async def add(session: AsyncSession, row: Base) -> None:
    """Adds a row."""
    session.add(row)
    await session.flush()


async def add_passkey(session: AsyncSession, passkey: Passkey) -> None:
    """Adds a passkey. Raises `PasskeyKnown`; the transaction stays usable."""
    try:
        async with session.begin_nested():
            await add(session, passkey)
    except IntegrityError as error:
        if postgres.constraint(error) == "uq_passkeys_credential_id":
            raise PasskeyKnown from error
        raise


async def find_totp(session: AsyncSession, account_id: UUID) -> Totp | None:
    """An account's secret, confirmed or not, as it is now."""
    return await session.get(Totp, account_id, populate_existing=True)


async def use_step(session: AsyncSession, account_id: UUID, step: int, now: datetime) -> bool:
    """Takes a time step; false when it, or a later one, was taken before."""
    taken = await session.scalar(
        update(Totp)
        .where(Totp.account_id == account_id, Totp.last_step < step)
        .values(last_step=step, last_used_at=now)
        .returning(Totp.account_id)
    )
    return taken is not None


async def list_passkeys(session: AsyncSession, account_id: UUID) -> Sequence[Passkey]:
    """An account's passkeys, oldest first."""
    rows = select(Passkey).where(Passkey.account_id == account_id).order_by(Passkey.id)
    return (await session.scalars(rows)).all()


async def find_owner(session: AsyncSession, credential_id: bytes) -> UUID | None:
    """Whose passkey this is."""
    return await session.scalar(
        select(Passkey.account_id).where(Passkey.credential_id == credential_id)
    )


async def lock_passkey(
    session: AsyncSession, account_id: UUID, credential_id: bytes
) -> Passkey | None:
    """A passkey of an account as it is now, locked."""
    wanted = select(Passkey).where(
        Passkey.credential_id == credential_id, Passkey.account_id == account_id
    )
    return await session.scalar(wanted.with_for_update().execution_options(populate_existing=True))


async def remove_passkey(session: AsyncSession, account_id: UUID, passkey_id: UUID) -> bool:
    """Removes a passkey of an account; false when it has no such one."""
    gone = await session.scalar(
        delete(Passkey)
        .where(Passkey.id == passkey_id, Passkey.account_id == account_id)
        .returning(Passkey.id)
    )
    return gone is not None


async def remove_totp(session: AsyncSession, account_id: UUID) -> bool:
    """Removes an account's secret; false when it had no confirmed one."""
    gone = await session.execute(
        delete(Totp).where(Totp.account_id == account_id).returning(Totp.confirmed_at)
    )
    return gone.scalar() is not None


async def remove_passkeys(session: AsyncSession, account_id: UUID) -> int:
    """Removes all passkeys of an account; returns how many."""
    gone = delete(Passkey).where(Passkey.account_id == account_id).returning(Passkey.id)
    return len((await session.scalars(gone)).all())


async def remove_recovery_codes(session: AsyncSession, account_id: UUID) -> None:
    """Makes all recovery codes of an account void."""
    await session.execute(delete(RecoveryCode).where(RecoveryCode.account_id == account_id))


async def use_recovery_code(session: AsyncSession, code_hmac: str, now: datetime) -> bool:
    """Uses a recovery code up; false when it is none, or was used before."""
    used = await session.scalar(
        update(RecoveryCode)
        .where(RecoveryCode.code_hmac == code_hmac, RecoveryCode.used_at.is_(None))
        .values(used_at=now)
        .returning(RecoveryCode.code_hmac)
    )
    return used is not None


async def count_recovery_codes(session: AsyncSession, account_id: UUID) -> int:
    """How many recovery codes of an account are still good."""
    left = select(func.count()).where(
        RecoveryCode.account_id == account_id, RecoveryCode.used_at.is_(None)
    )
    return await session.scalar(left) or 0


async def count_try(
    session: AsyncSession,
    token_hmac: str,
    now: datetime,
    max_tries: int,
    account_id: UUID | None,
) -> Challenge | None:
    """Counts a try at a challenge and returns it; `None` if it may not be tried (any more), or is
    another account's than the one named.
    """
    tried = update(Challenge).where(
        Challenge.token_hmac == token_hmac,
        Challenge.tries < max_tries,
        Challenge.expires_at > now,
        Challenge.used_at.is_(None),
    )
    if account_id is not None:
        tried = tried.where(Challenge.account_id == account_id)
    return await session.scalar(tried.values(tries=Challenge.tries + 1).returning(Challenge))


async def count_unanswered_tries(session: AsyncSession, account_id: UUID) -> int:
    """How often an account's challenges were tried that were never answered, as far as they are
    kept.
    """
    tries = select(func.sum(Challenge.tries)).where(
        Challenge.account_id == account_id, Challenge.used_at.is_(None)
    )
    return await session.scalar(tries) or 0


async def use_challenge(session: AsyncSession, token_hmac: str, now: datetime) -> bool:
    """Uses a challenge up; false when it is none, or has ended or is used already."""
    used = await session.scalar(
        update(Challenge)
        .where(
            Challenge.token_hmac == token_hmac,
            Challenge.expires_at > now,
            Challenge.used_at.is_(None),
        )
        .values(used_at=now)
        .returning(Challenge.token_hmac)
    )
    return used is not None


async def remove_challenges(session: AsyncSession, account_id: UUID) -> None:
    """Makes all open challenges of an account void."""
    await session.execute(delete(Challenge).where(Challenge.account_id == account_id))


async def remove_challenges_before(session: AsyncSession, instant: datetime) -> None:
    """Forgets challenges that ended before an instant."""
    await session.execute(delete(Challenge).where(Challenge.expires_at < instant))
