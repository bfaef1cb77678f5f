"""Who the caller is, what they may do, and what refuses them."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from libs.errors import Forbidden, Unauthorized

ISSUER = "studyzed"
AUDIENCE = "studyzed"


class Role(StrEnum):
    """What an account is on the platform; roles inside a class are data of session_service."""

    STUDENT = "student"
    TUTOR = "tutor"
    ADMIN = "admin"


class TokenExpired(Unauthorized):
    """This access token has expired: refresh it."""

    code = "token_expired"


class TokenInvalid(Unauthorized):
    """This access token is not valid."""

    code = "token_invalid"


class LoginRevoked(Unauthorized):
    """This login has ended: sign in again."""

    code = "login_revoked"


class AccountBlocked(Forbidden):
    """This account is blocked."""

    code = "account_blocked"


class ScopeMissing(Forbidden):
    """This token was not given the right to do this."""

    code = "scope_missing"


class WrongRole(Forbidden):
    """Your role may not do this."""

    code = "wrong_role"


@dataclass(frozen=True, slots=True)
class Principal:
    """Who is calling: from a checked token, never from a body. `expires_at` is the token's end.

    A token that may not do all that its owner may has `scopes` such as `session:read` (RFC 9068,
    section 2.2.3); `actor_id` is whoever acts in the owner's place (RFC 8693, section 4.1).
    """

    account_id: UUID
    user_code: str
    role: Role
    login_id: UUID
    expires_at: datetime
    scopes: frozenset[str] | None = None
    actor_id: UUID | None = None

    def check_scope(self, service: str, *, writes: bool) -> None:
        """Raises `ScopeMissing` unless this token may read from, or write to, a service such as
        `session_service`.
        """
        if self.scopes is not None:
            needed = f"{service.removesuffix('_service')}:{'write' if writes else 'read'}"
            if needed not in self.scopes:
                raise ScopeMissing(f"This needs the scope {needed}, which the token has not.")

    def claims(self, now: datetime) -> dict[str, Any]:
        """The claims of an access token for this caller."""
        claims: dict[str, Any] = {
            "iss": ISSUER,
            "aud": AUDIENCE,
            "sub": str(self.account_id),
            "code": self.user_code,
            "role": self.role.value,
            "sid": str(self.login_id),
            "typ": "access",
            "iat": int(now.timestamp()),
            "exp": int(self.expires_at.timestamp()),
        }
        if self.scopes is not None:
            claims["scope"] = " ".join(sorted(self.scopes))
        if self.actor_id is not None:
            claims["act"] = {"sub": str(self.actor_id)}
        return claims


def bearer(authorization: str | None) -> str:
    """The token in an `Authorization` header (RFC 6750). Raises `Unauthorized`."""
    scheme, _, token = (authorization or "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise Unauthorized(headers={"WWW-Authenticate": "Bearer"})
    return token.strip()
