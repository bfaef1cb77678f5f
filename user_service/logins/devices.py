"""Devices: what a login came from, and the token by which a device shows that it had one.

A device token is account id, device id and an HMAC over both; nothing secret is stored. It lets a
device try a password while others guess (see `throttle.py`), and is no login.
"""

import base64
import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True)
class Device:
    """Where a login comes from. `network` is a coarse one; `id` is nobody's when the client names
    none.
    """

    name: str
    network: str
    id: UUID | None = None

    def kept(self) -> dict[str, str | None]:
        """As a challenge keeps it until the second factor is shown."""
        number = None if self.id is None else str(self.id)
        return {"name": self.name, "network": self.network, "id": number}

    @classmethod
    def of(cls, kept: Mapping[str, str | None]) -> "Device":
        """What `kept` has kept."""
        number = kept["id"]
        return cls(
            str(kept["name"]), str(kept["network"]), None if number is None else UUID(number)
        )


def issue(secret: str, account_id: UUID, device_id: UUID) -> str:
    """The device token of an account's device."""
    body = account_id.bytes + device_id.bytes
    return base64.urlsafe_b64encode(body + _seal(secret, body)).decode().rstrip("=")


def read(secret: str, token: str | None, account_id: UUID) -> UUID | None:
    """The device that a token was given to by this account; `None` if it was not."""
    try:
        text = (token or "").encode()
        raw = base64.b64decode(text + b"=" * (-len(text) % 4), b"-_", validate=True)
    except ValueError:
        return None
    body, seal = raw[:32], raw[32:]
    if not hmac.compare_digest(seal, _seal(secret, body)) or body[:16] != account_id.bytes:
        return None
    return UUID(bytes=body[16:])


def _seal(secret: str, body: bytes) -> bytes:
    return hmac.new(secret.encode(), b"device\n" + body, hashlib.sha256).digest()
