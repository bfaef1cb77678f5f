"""What an ID token of Google's proves.

Source: https://developers.google.com/identity/gsi/web/guides/verify-google-id-token
"""

import asyncio
import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from user_service.google.errors import GoogleTokenRefused
from user_service.google.google_gateway import GoogleGateway

ISSUERS = ("accounts.google.com", "https://accounts.google.com")
SKEW_SECONDS = 10
SHORTEST_SECONDS = 60.0
"""Between two fetches, whatever the certificates' own time limit: unknown key ids must not make us
ask Google at a stranger's pace.
"""


@dataclass(frozen=True, slots=True)
class GooglePerson:
    """What a valid ID token says. Google has verified the address at some time; `vouched` says
    whether Google runs it, so that it is this person's now. `nonce` is what the client asked Google
    to put in, if it did.
    """

    subject: str
    email: str
    vouched: bool
    nonce: str | None
    first_name: str
    last_name: str


class IdTokens:
    """Checks ID tokens for our apps; Google's certificates are kept for as long as Google says."""

    def __init__(self, google: GoogleGateway, client_ids: Sequence[str]) -> None:
        self._google = google
        self._client_ids = list(client_ids)
        self._certificates: Mapping[str, str] = {}
        self._good_until = -math.inf
        self._fetched = -math.inf
        self._fetching = asyncio.Lock()

    @property
    def on(self) -> bool:
        """Whether any app of ours is known to Google."""
        return bool(self._client_ids)

    async def verify(self, id_token: str) -> GooglePerson:
        """Whom an ID token is about.

        Raises `GoogleTokenRefused` for one that is forged, expired, for another app or about an
        address that Google has not verified; `Unavailable` when Google's certificates cannot be
        had.
        """
        from google.auth import jwt  # noqa: PLC0415  (only who signs in by Google pays for it)

        try:
            header: Mapping[str, Any] = jwt.decode_header(id_token)  # type: ignore[no-untyped-call]
            certificates = await self._for(str(header.get("kid", "")))
            claims = await asyncio.to_thread(
                jwt.decode, id_token, certificates, True, self._client_ids, SKEW_SECONDS
            )
        except (ValueError, TypeError) as error:  # google-auth's own errors are ValueErrors
            raise GoogleTokenRefused from error
        return _person(claims)

    async def _for(self, key_id: str) -> Mapping[str, str]:
        """The certificates, fresh ones if these are too old or do not know the key."""
        if not self._serves(key_id):
            async with self._fetching:
                waited = time.monotonic() - self._fetched > SHORTEST_SECONDS
                if not self._serves(key_id) and (waited or not self._certificates):
                    self._fetched = time.monotonic()
                    self._certificates, seconds = await self._google.certificates()
                    self._good_until = self._fetched + max(SHORTEST_SECONDS, seconds)
        return self._certificates

    def _serves(self, key_id: str) -> bool:
        return key_id in self._certificates and time.monotonic() < self._good_until


def _person(claims: Mapping[str, Any]) -> GooglePerson:
    good = (
        claims.get("iss") in ISSUERS
        and claims.get("email_verified") is True
        and isinstance(claims.get("nonce", ""), str)
        and all(isinstance(claims.get(name), str) and claims[name] for name in ("sub", "email"))
    )
    if not good:
        raise GoogleTokenRefused
    return GooglePerson(
        subject=claims["sub"],
        email=claims["email"],
        vouched=_is_vouched(claims),
        nonce=claims.get("nonce"),
        first_name=str(claims.get("given_name") or ""),
        last_name=str(claims.get("family_name") or ""),
    )


def _is_vouched(claims: Mapping[str, Any]) -> bool:
    """Whether Google is authoritative for the address, as the source above has it: one of Gmail's,
    or with `hd` one of a domain that Google hosts.
    """
    hosted = claims.get("hd")
    gmail = claims["email"].lower().endswith("@gmail.com")
    return gmail or (isinstance(hosted, str) and bool(hosted))
