"""Challenges: single use, five minutes, five tries.

A try is counted in a transaction of its own before anything is compared, so a refusal cannot take
the count back (as with mailed codes). The token is 32 random bytes, of which the database has an
HMAC.
"""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from libs.postgres import Database
from user_service.codes.service import keyed
from user_service.proofs import repository
from user_service.proofs.errors import ChallengeRefused
from user_service.proofs.models import Challenge

LIVES = timedelta(minutes=5)
MAX_TRIES = 5
Purpose = Literal["login", "passkey_login", "step_up", "registration", "google_login"]


@dataclass(frozen=True)
class Asked:
    """A challenge as it is given out."""

    token: str
    expires_at: datetime


async def ask(
    session: AsyncSession,
    secret: str,
    purpose: Purpose,
    account_id: UUID | None,
    details: Mapping[str, Any] | None = None,
) -> Asked:
    """Makes a challenge for one purpose, of an account or of whoever answers it."""
    now = session.info["clock"].now()
    token = secrets.token_urlsafe(32)
    row = Challenge(
        token_hmac=_hidden(secret, purpose, token),
        purpose=purpose,
        account_id=account_id,
        details=dict(details or {}),
        tries=0,
        created_at=now,
        expires_at=now + LIVES,
    )
    await repository.add(session, row)
    return Asked(token, row.expires_at)


async def count_try(
    database: Database,
    secret: str,
    purpose: Purpose,
    token: str,
    account_id: UUID | None = None,
) -> Challenge:
    """Counts a try to answer; with `account_id` of that account's challenge only. Returns it as it
    stands. Raises `ChallengeRefused`.
    """
    now = database.clock.now()
    async with database.transaction(independent=True) as session:
        found = await repository.count_try(
            session, _hidden(secret, purpose, token), now, MAX_TRIES, account_id
        )
    if found is None:
        raise ChallengeRefused
    return found


async def use(session: AsyncSession, challenge: Challenge) -> None:
    """Uses a challenge up. Raises `ChallengeRefused` when somebody was faster."""
    now = session.info["clock"].now()
    if not await repository.use_challenge(session, challenge.token_hmac, now):
        raise ChallengeRefused


async def use_token(session: AsyncSession, secret: str, purpose: Purpose, token: str) -> None:
    """Uses up a challenge that somebody else has compared, as Google does with a nonce. Raises
    `ChallengeRefused` when it is none of this purpose, or has ended or was used.
    """
    now = session.info["clock"].now()
    if not await repository.use_challenge(session, _hidden(secret, purpose, token), now):
        raise ChallengeRefused


async def void(session: AsyncSession, account_id: UUID) -> None:
    """Makes all open challenges of an account void."""
    await repository.remove_challenges(session, account_id)


def _hidden(secret: str, purpose: Purpose, token: str) -> str:
    return keyed(secret, "challenge", purpose, token)
