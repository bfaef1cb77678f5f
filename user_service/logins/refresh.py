"""Refresh tokens: login id, generation and an HMAC over both, so that nothing secret is stored."""

import base64
import hashlib
import hmac
from uuid import UUID

from user_service.logins.errors import RefreshRefused


def issue(secret: str, login_id: UUID, generation: int) -> str:
    """The refresh token of a login's generation."""
    body = login_id.bytes + generation.to_bytes(4, "big")
    return base64.urlsafe_b64encode(body + _seal(secret, body)).decode().rstrip("=")


def read(secret: str, token: str) -> tuple[UUID, int]:
    """Login id and generation of a token. Raises `RefreshRefused` if it is not one of ours."""
    try:
        raw = base64.b64decode(token.encode() + b"=" * (-len(token) % 4), b"-_", validate=True)
    except ValueError as error:
        raise RefreshRefused from error
    body, seal = raw[:20], raw[20:]
    if len(body) != 20 or not hmac.compare_digest(seal, _seal(secret, body)):
        raise RefreshRefused
    return UUID(bytes=body[:16]), int.from_bytes(body[16:], "big")


def _seal(secret: str, body: bytes) -> bytes:
    return hmac.new(secret.encode(), b"refresh\n" + body, hashlib.sha256).digest()
