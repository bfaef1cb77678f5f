"""Rotation: there is always a key that signs and a published one that will sign next."""

import base64
import hashlib
from datetime import datetime, timedelta

from cryptography.fernet import Fernet
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from sqlalchemy.ext.asyncio import AsyncSession

from libs.ids import new_id
from user_service.audit import service as audit
from user_service.keys import repository
from user_service.keys.errors import KeyTooYoung
from user_service.keys.models import SigningKey

PERIOD = timedelta(days=30)
"""How long a key signs."""
KNOWN_AFTER = timedelta(minutes=10)
"""A key has then been published for longer than any service goes on without fetching them."""
LONGEST_TOKEN = timedelta(hours=2)
"""A retired key stays published for longer than any access token lives."""


def seal(secret: str) -> Fernet:
    """The cipher that keeps private keys; its key is derived from the setting."""
    return Fernet(base64.urlsafe_b64encode(hashlib.sha256(secret.encode()).digest()))


def make(secret: str, now: datetime, active_from: datetime) -> SigningKey:
    """A fresh RSA-2048 key (NIST SP 800-57 allows it until 2030). Takes about 0.1 s of CPU."""
    private = rsa.generate_private_key(public_exponent=65_537, key_size=2_048)
    pem = private.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    return SigningKey(
        kid=str(new_id()),
        sealed_private_pem=seal(secret).encrypt(pem).decode(),
        active_from=active_from,
        created_at=now,
    )


async def ensure(session: AsyncSession, secret: str, now: datetime) -> None:
    """Makes the current and the next key if either is missing, and forgets keys that no token can
    need.
    """
    await repository.lock(session)
    keys = await repository.list_all(session)
    current = next((key for key in reversed(keys) if key.active_from <= now), None)
    if current is None:
        current = make(secret, now, now)
        await repository.add(session, current)
    if not any(key.active_from > now for key in keys):
        await repository.add(session, make(secret, now, max(current.active_from, now) + PERIOD))
    await repository.remove_before(session, current.active_from - PERIOD - LONGEST_TOKEN)


async def rotate(
    session: AsyncSession, secret: str, now: datetime, *, hurried: bool = False
) -> SigningKey:
    """Lets the next key sign from now on, and publishes a new next one. Returns the former.

    Raises `KeyTooYoung` when a service may not have fetched the next key yet, since it would refuse
    good tokens for up to a minute; `hurried` takes that into account.
    """
    await ensure(session, secret, now)
    following = next(key for key in await repository.list_all(session) if key.active_from > now)
    if now - following.created_at < KNOWN_AFTER and not hurried:
        raise KeyTooYoung
    following.active_from = now
    await repository.add(session, make(secret, now, now + PERIOD))
    await audit.record(
        session, "keys.rotated", actor_id=None, subject_id=None, kid=following.kid, hurried=hurried
    )
    return following
