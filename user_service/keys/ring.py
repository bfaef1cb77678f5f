"""The keys in memory: read again every few seconds, so that all copies of the service follow a
rotation.
"""

import asyncio
from datetime import datetime, timedelta
from typing import Any

from libs import auth
from libs.postgres import Database
from libs.tokens import SigningKey
from user_service.keys import repository, service

RELOAD = timedelta(seconds=5)


class KeyRing:
    """Signs with the current key; gives out all public halves."""

    def __init__(self, database: Database, secret: str) -> None:
        self._database = database
        self._secret = secret
        self._keys: list[tuple[datetime, SigningKey]] = []
        self._loaded: datetime | None = None
        self._loading = asyncio.Lock()

    async def public_jwks(self) -> list[dict[str, Any]]:
        """The public keys as JWKs: retired ones that a living token may need, the current one, the
        next.
        """
        await self._refresh(self._database.clock.now())
        return [key.public_jwk() for _, key in self._keys]

    async def sign(self, principal: auth.Principal, now: datetime) -> str:
        """An access token."""
        await self._refresh(now)
        current = [key for active_from, key in self._keys if active_from <= now][-1]
        return current.sign(principal, now)

    async def _refresh(self, now: datetime) -> None:
        async with self._loading:
            if self._loaded is not None and now - self._loaded < RELOAD:
                return
            async with self._database.transaction(independent=True) as session:
                await service.ensure(session, self._secret, now)
                rows = await repository.list_all(session)
            known = {key.kid: key for _, key in self._keys}
            cipher = service.seal(self._secret)
            self._keys = [
                (
                    row.active_from,
                    known.get(row.kid)
                    or SigningKey(
                        row.kid, cipher.decrypt(row.sealed_private_pem.encode()).decode()
                    ),
                )
                for row in rows
            ]
            self._loaded = now
