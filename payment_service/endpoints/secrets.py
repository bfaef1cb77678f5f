"""Secrets of endpoints: random, shown once, kept sealed.

They must be known to sign with, so they cannot be kept as hashes only.
"""

import base64
import hashlib
import secrets

from cryptography.fernet import Fernet, InvalidToken

PREFIX = "whsec_"
BYTES = 32
"""Standard Webhooks asks for 24 to 64 random bytes."""


class Unreadable(Exception):
    """A kept secret was sealed by another key than the service has now."""


def make() -> str:
    """A new secret as Standard Webhooks writes it."""
    return PREFIX + base64.b64encode(secrets.token_bytes(BYTES)).decode()


class Seal:
    """Encrypts secrets with the service's own."""

    def __init__(self, key: str) -> None:
        self._fernet = Fernet(base64.urlsafe_b64encode(hashlib.sha256(key.encode()).digest()))

    def close(self, secret: str) -> str:
        """A secret as it is kept."""
        return self._fernet.encrypt(secret.encode()).decode()

    def open(self, sealed: str) -> str:
        """A kept secret. Raises `Unreadable`."""
        try:
            return self._fernet.decrypt(sealed.encode()).decode()
        except InvalidToken as error:
            raise Unreadable from error
