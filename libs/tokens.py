"""Access tokens (JWT, RFC 7519; RS256 only, RFC 8725) and the keys that sign them (JWKS, RFC 7517).

The only module that imports the JWT library. Every service checks tokens locally, by the published
keys; what was revoked since is in `libs/revocations.py`.
"""

import asyncio
import hashlib
import math
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Protocol
from uuid import UUID

import httpx
from jose import jwk, jwt
from jose.backends.base import Key
from jose.exceptions import JOSEError

from libs import log
from libs.auth import AUDIENCE, ISSUER, Principal, Role, TokenExpired, TokenInvalid
from libs.clock import Clock
from libs.errors import Unavailable

ALGORITHM = "RS256"
REQUIRED = ("sub", "iat", "aud", "iss")
"""`exp` is required too, but read by `_principal`: requiring it here would make the library compare
it with its own clock, and an expired token look invalid.
"""
REFETCH_SECONDS = 60.0
"""Between two fetches for the sake of unknown key ids (U-A8)."""
FIRST_FETCH_SECONDS = 0.5
"""Between two fetches while there are no keys at all."""
KEYS_LIVE_SECONDS = 300.0
"""After which the keys are fetched again though all ids are known."""
CACHE_SIZE = 10_000

logger = log.get(__name__)


class SigningKey:
    """A private RSA key with its id; built once, since building costs more than signing."""

    def __init__(self, kid: str, private_pem: str) -> None:
        self.kid = kid
        self._key: Key = jwk.construct(private_pem, ALGORITHM)

    def sign(self, principal: Principal, now: datetime) -> str:
        """An access token for `principal`."""
        return str(
            jwt.encode(principal.claims(now), self._key, ALGORITHM, headers={"kid": self.kid})
        )

    def public_jwk(self) -> dict[str, Any]:
        """The public half as a JWK."""
        return {**self._key.public_key().to_dict(), "kid": self.kid, "use": "sig", "alg": ALGORITHM}


FetchKeys = Callable[[], Awaitable[list[dict[str, Any]]]]


def http_keys(url: str) -> FetchKeys:
    """Fetches the published keys from `url`."""

    async def fetch() -> list[dict[str, Any]]:
        async with httpx.AsyncClient(timeout=3) as client:
            answer = await client.get(url)
            answer.raise_for_status()
            keys: list[dict[str, Any]] = answer.json()["keys"]
            return keys

    return fetch


class Verifier(Protocol):
    """Something that turns a token into a caller."""

    async def verify(self, token: str) -> Principal:
        """Raises `TokenInvalid`, `TokenExpired`, or `Unavailable` when the keys cannot be had."""
        ...


class TokenVerifier:
    """Checks tokens against the published keys. An unknown key id leads to one fetch a minute at
    most.

    Successful checks are cached by the token's hash until it expires: a signature does not change.
    The cache is emptied when the keys change, and knows nothing of revocations.
    """

    def __init__(self, fetch: FetchKeys, clock: Clock) -> None:
        self._fetch = fetch
        self._clock = clock
        self._published: list[dict[str, Any]] = []
        self._keys: dict[str, Key] = {}
        self._fetched = -math.inf
        self._failed = False
        self._renewing: asyncio.Task[None] | None = None
        self._fetching = asyncio.Lock()
        self._cache: OrderedDict[bytes, Principal] = OrderedDict()

    async def load(self) -> None:
        """Fetches the keys now. Raises `Unavailable`, and keeps those that it has."""
        self._fetched, self._failed = time.monotonic(), True
        try:
            found = [key for key in await self._fetch() if key.get("alg") == ALGORITHM]
            keys = {str(key["kid"]): jwk.construct(key, ALGORITHM) for key in found}
        except Exception as error:
            raise Unavailable("the signing keys cannot be fetched") from error
        if not keys:
            raise Unavailable("no signing keys are published")
        self._failed = False
        if found != self._published:
            self._published, self._keys = found, keys
            self._cache.clear()

    async def verify(self, token: str) -> Principal:
        """The caller that `token` names. Raises `TokenInvalid`, `TokenExpired` or `Unavailable`."""
        self._renew()
        digest = hashlib.sha256(token.encode()).digest()
        principal = self._cache.get(digest)
        if principal is None:
            principal = self._decode(token, await self._key(token))
            self._cache[digest] = principal
            if len(self._cache) > CACHE_SIZE:
                self._cache.popitem(last=False)
        if principal.expires_at <= self._clock.now():
            raise TokenExpired
        return principal

    async def _key(self, token: str) -> Key:
        try:
            header = jwt.get_unverified_header(token)
        except JOSEError as error:
            raise TokenInvalid from error
        kid = str(header.get("kid", ""))
        if header.get("alg") != ALGORITHM:
            raise TokenInvalid
        if kid not in self._keys:
            await self._refetch(kid)
        if kid not in self._keys:
            raise Unavailable if self._failed else TokenInvalid
        return self._keys[kid]

    def _renew(self) -> None:
        """Fetches old keys again beside the requests, so that a withdrawn key is felt."""
        idle = self._renewing is None or self._renewing.done()
        if self._keys and idle and time.monotonic() - self._fetched > KEYS_LIVE_SECONDS:
            self._renewing = asyncio.create_task(self._load_or_keep())

    async def _load_or_keep(self) -> None:
        try:
            await self.load()
        except Unavailable as error:
            logger.warning("keys_not_renewed", reason=error.detail)

    async def _refetch(self, kid: str) -> None:
        async with self._fetching:
            wait = REFETCH_SECONDS if self._keys else FIRST_FETCH_SECONDS
            if kid not in self._keys and time.monotonic() - self._fetched >= wait:
                await self.load()

    def _decode(self, token: str, key: Key) -> Principal:
        try:
            claims = jwt.decode(
                token,
                key,
                algorithms=[ALGORITHM],
                audience=AUDIENCE,
                issuer=ISSUER,
                options={"verify_exp": False} | {f"require_{name}": True for name in REQUIRED},
            )
            if claims.get("typ") != "access":
                raise TokenInvalid
            return _principal(claims)
        except (JOSEError, KeyError, ValueError, TypeError) as error:
            raise TokenInvalid from error


def _principal(claims: Mapping[str, Any]) -> Principal:
    return Principal(
        account_id=UUID(claims["sub"]),
        user_code=str(claims["code"]),
        role=Role(claims["role"]),
        login_id=UUID(claims["sid"]),
        expires_at=datetime.fromtimestamp(int(claims["exp"]), UTC),
        scopes=frozenset(str(claims["scope"]).split()) if "scope" in claims else None,
        actor_id=UUID(claims["act"]["sub"]) if "act" in claims else None,
    )
