"""Codes by mail (U-A1): six digits, ten minutes, five tries, the newest of a purpose only.

A try is counted in a transaction of its own before the code is compared, so a refusal cannot take
the count back.
"""

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement
from sqlalchemy.ext.asyncio import AsyncSession

from libs import outbox
from libs.ids import new_id
from libs.limits import Hit, Limits
from libs.postgres import Database
from user_service.codes import repository
from user_service.codes.errors import CodeRefused, GrantRefused
from user_service.codes.models import Grant, MailedCode, email_key
from user_service.codes.schemas import CodeCreate, Purpose, SendCode, VerificationCreate
from user_service.mails.templates import DEFAULT

CODE_LIVES = timedelta(minutes=10)
GRANT_LIVES = {
    Purpose.SIGN_UP: timedelta(minutes=30),
    Purpose.PASSWORD_RESET: timedelta(minutes=10),
}
MAX_TRIES = 5


@dataclass(frozen=True)
class Subject:
    """What a code or a grant is for: an address, a purpose, and an account where there is one."""

    email: str
    purpose: Purpose = Purpose.SIGN_UP
    account_id: UUID | None = None
    locale: str = DEFAULT


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


async def ask(session: AsyncSession, wanted: CodeCreate, locale: str, now: datetime) -> None:
    """Notes that a code is wanted and enqueues the mail; the same for known and unknown
    addresses.
    """
    subject = Subject(wanted.email, Purpose(wanted.purpose), locale=locale)
    row = await note(session, subject, now)
    await outbox.enqueue(session, SendCode(code_id=row.id))


async def note(session: AsyncSession, subject: Subject, now: datetime) -> MailedCode:
    """Notes that a code is wanted; the caller's job draws and mails it."""
    row = MailedCode(
        id=new_id(),
        email=subject.email.strip(),
        email_key=email_key(subject.email),
        purpose=subject.purpose,
        account_id=subject.account_id,
        locale=subject.locale,
        tries=0,
        created_at=now,
    )
    await repository.add(session, row)
    return row


async def draw(
    session: AsyncSession, secret: str, code_id: UUID, now: datetime
) -> tuple[MailedCode, str]:
    """Draws the digits of a wanted code (anew at each try to mail it); returns its row and them.

    Raises `CodeRefused` when the request is gone or used.
    """
    row = await repository.lock(session, code_id)
    if row is None or row.used_at is not None:
        raise CodeRefused
    code = f"{secrets.randbelow(1_000_000):06d}"
    row.code_hmac = keyed(secret, "code", str(row.id), code)
    row.expires_at = now + CODE_LIVES
    return row, code


async def verify(
    database: Database, secret: str, tried: VerificationCreate
) -> tuple[str, datetime]:
    """Exchanges the right code for a grant of the same purpose; returns its token and its end.

    Raises `CodeRefused`.
    """
    now = database.clock.now()
    which = repository.newest(tried.email, Purpose(tried.purpose))
    async with database.transaction(independent=True) as session:
        code_id = await _try(session, secret, which, tried.code, now)
    if code_id is None:
        raise CodeRefused
    async with database.transaction() as session:
        row = await use(session, code_id, now)
        subject = Subject(row.email, Purpose(row.purpose), row.account_id)
        return await give_grant(session, secret, subject, now)


async def is_right(
    session: AsyncSession, secret: str, code_id: UUID, code: str, now: datetime
) -> bool:
    """Counts a try at one code and says whether it was right; in a transaction that survives a
    refusal.
    """
    which = MailedCode.id == code_id
    return await _try(session, secret, which, code, now) is not None


async def use(session: AsyncSession, code_id: UUID, now: datetime) -> MailedCode:
    """Uses a code up that was right. Raises `CodeRefused` when it is used already."""
    row = await repository.use(session, code_id, now)
    if row is None:
        raise CodeRefused
    return row


async def _try(
    session: AsyncSession, secret: str, which: ColumnElement[bool], code: str, now: datetime
) -> UUID | None:
    found = await repository.count_try(session, which, now, MAX_TRIES)
    code_id, code_hmac = found or (new_id(), "")
    right = hmac.compare_digest(code_hmac, keyed(secret, "code", str(code_id), code))
    return code_id if right else None


async def give_grant(
    session: AsyncSession, secret: str, subject: Subject, now: datetime
) -> tuple[str, datetime]:
    """Gives leave to do something with an address whose owner has shown to be one; returns the
    grant's token and its end.
    """
    token = secrets.token_urlsafe(32)
    grant = Grant(
        token_hmac=keyed(secret, "grant", token),
        email=subject.email,
        purpose=subject.purpose,
        account_id=subject.account_id,
        expires_at=now + GRANT_LIVES[subject.purpose],
    )
    await repository.add(session, grant)
    return token, grant.expires_at


async def check_grant(
    session: AsyncSession,
    secret: str,
    token: str,
    now: datetime,
    purpose: Purpose = Purpose.SIGN_UP,
) -> Grant:
    """A good grant of a purpose. Raises `GrantRefused`."""
    grant = await repository.find_grant(session, keyed(secret, "grant", token), purpose, now)
    if grant is None:
        raise GrantRefused
    return grant


async def use_grant(
    session: AsyncSession,
    secret: str,
    token: str,
    now: datetime,
    purpose: Purpose = Purpose.SIGN_UP,
) -> Grant:
    """Uses a grant of a purpose up and returns it. Raises `GrantRefused`."""
    grant = await repository.use_grant(session, keyed(secret, "grant", token), purpose, now)
    if grant is None:
        raise GrantRefused
    return grant


async def void(session: AsyncSession, account_id: UUID, purpose: Purpose, now: datetime) -> None:
    """Makes all codes and grants that an account has for a purpose useless."""
    await repository.use_all(session, account_id, purpose, now)
