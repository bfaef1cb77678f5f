"""Codes by mail (U-A1): six digits, ten minutes, five tries, the newest only.

A try is counted in a transaction of its own before the code is compared, so a refusal cannot take
the count back.
"""

import hashlib
import hmac
import secrets
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from libs import outbox
from libs.ids import new_id
from libs.limits import Hit, Limits
from libs.postgres import Database
from user_service.codes import repository
from user_service.codes.errors import CodeRefused, GrantRefused
from user_service.codes.models import Grant, MailedCode, email_key
from user_service.codes.schemas import SendCode

CODE_LIVES = timedelta(minutes=10)
GRANT_LIVES = timedelta(minutes=30)
MAX_TRIES = 5


def keyed(secret: str, *parts: str) -> str:
    """HMAC-SHA256 of the parts, hexadecimal: how codes, grants and addresses in limits are kept."""
    return hmac.new(secret.encode(), "\n".join(parts).encode(), hashlib.sha256).hexdigest()


async def throttle(limits: Limits, secret: str, email: str) -> Hit:
    """Counts a request for a code: 30 seconds apart and five an hour per address. Raises
    `TooMany`.
    """
    who = keyed(secret, "address", email_key(email))
    await limits.hit("code-gap", who, 1, 30)
    return await limits.hit("code-hour", who, 5, 3_600)


async def ask(session: AsyncSession, email: str, now: datetime) -> None:
    """Notes that a code is wanted and enqueues the mail; the same for known and unknown
    addresses.
    """
    wanted = MailedCode(
        id=new_id(), email=email.strip(), email_key=email_key(email), tries=0, created_at=now
    )
    await repository.add(session, wanted)
    await outbox.enqueue(session, SendCode(code_id=wanted.id))


async def draw(session: AsyncSession, secret: str, code_id: UUID, now: datetime) -> tuple[str, str]:
    """Draws the digits of a wanted code (anew at each try to mail it); returns address and code.

    Raises `CodeRefused` when the request is gone or used.
    """
    row = await repository.lock(session, code_id)
    if row is None or row.used_at is not None:
        raise CodeRefused
    code = f"{secrets.randbelow(1_000_000):06d}"
    row.code_hmac = keyed(secret, "code", str(row.id), code)
    row.expires_at = now + CODE_LIVES
    return row.email, code


async def verify(database: Database, secret: str, email: str, code: str) -> tuple[str, datetime]:
    """Exchanges the right code for a grant; returns its token and its end. Raises `CodeRefused`."""
    now = database.clock.now()
    async with database.transaction(independent=True) as session:
        tried = await repository.count_try(session, email, now, MAX_TRIES)
    if tried is None or not hmac.compare_digest(
        tried[1] or "", keyed(secret, "code", str(tried[0]), code)
    ):
        raise CodeRefused
    async with database.transaction() as session:
        address = await repository.use(session, tried[0], now)
        if address is None:
            raise CodeRefused
        return await give_grant(session, secret, address, now)


async def give_grant(
    session: AsyncSession, secret: str, email: str, now: datetime
) -> tuple[str, datetime]:
    """Gives leave to sign up with an address whose owner has shown to be one; returns the grant's
    token and its end.
    """
    token = secrets.token_urlsafe(32)
    grant = Grant(
        token_hmac=keyed(secret, "grant", token), email=email, expires_at=now + GRANT_LIVES
    )
    await repository.add(session, grant)
    return token, grant.expires_at


async def check_grant(session: AsyncSession, secret: str, token: str, now: datetime) -> None:
    """Raises `GrantRefused` unless the grant is good."""
    if await repository.find_grant(session, keyed(secret, "grant", token), now) is None:
        raise GrantRefused


async def use_grant(session: AsyncSession, secret: str, token: str, now: datetime) -> str:
    """Uses a grant up and returns the address that it was given for. Raises `GrantRefused`."""
    email = await repository.use_grant(session, keyed(secret, "grant", token), now)
    if email is None:
        raise GrantRefused
    return email
