"""Who serves an endpoint: one process at a time, by advisory locks of one connection.

When the connection dies, so do its locks, and the right to send that each of them was.
"""

import asyncio
from uuid import UUID

import asyncpg

from libs.errors import Unavailable

CLASS = 7_262
Token = asyncpg.Connection
"""The connection that holds a lock."""


class Locks:
    """Locks of this process; tasks of it must not ask for the same one twice."""

    def __init__(self, url: str) -> None:
        self._dsn = url.replace("postgresql+asyncpg://", "postgresql://")
        self._connection: asyncpg.Connection[asyncpg.Record] | None = None
        self._busy = asyncio.Lock()

    async def take(self, endpoint_id: UUID) -> "Token[asyncpg.Record] | None":
        """Takes an endpoint's lock; `None` while another process has it. Raises `Unavailable`."""
        word = "SELECT pg_try_advisory_lock($1, hashtext($2))"
        async with self._busy:
            connection = await self._open()
            taken = await self._ask(connection, word, CLASS, str(endpoint_id))
        return connection if taken else None

    async def prove(self, token: "Token[asyncpg.Record]") -> None:
        """Raises `Unavailable` unless a lock that was taken is still held."""
        async with self._busy:
            await self._ask(token, "SELECT 1")

    async def drop(self, endpoint_id: UUID, token: "Token[asyncpg.Record]") -> None:
        """Gives a lock up; does nothing for one that its connection has taken along."""
        word = "SELECT pg_advisory_unlock($1, hashtext($2))"
        async with self._busy:
            if not token.is_closed():
                await self._ask(token, word, CLASS, str(endpoint_id))

    async def close(self) -> None:
        """Closes the connection, and with it gives all locks up."""
        if self._connection is not None:
            connection, self._connection = self._connection, None
            connection.terminate()

    async def _open(self) -> "asyncpg.Connection[asyncpg.Record]":
        if self._connection is None or self._connection.is_closed():
            try:
                self._connection = await asyncpg.connect(self._dsn, timeout=5, command_timeout=10)
            except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
                raise Unavailable from error
        return self._connection

    async def _ask(
        self, connection: "asyncpg.Connection[asyncpg.Record]", word: str, *values: object
    ) -> object:
        try:
            return await connection.fetchval(word, *values)
        except Exception as error:  # the driver names a lost connection in many ways
            connection.terminate()  # whatever it held is held no more
            raise Unavailable from error
