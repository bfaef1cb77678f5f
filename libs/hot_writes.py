"""Hot writes: a transaction by the driver alone, for those that the table of performance names.

A session costs more than the statements of a small write. This transaction takes `Statement`s
(`libs/compiled.py`), the outbox and idempotency keys; it knows no ORM and no savepoints. All else
is as with a session: one for a request, committed before the answer leaves, rolled back on errors.
"""

from typing import Any, Self

from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.pool import PoolProxiedConnection

from libs.errors import Unavailable
from libs.postgres import Database, after_commit, before_commit, is_away


class TransactionFailed(Exception):
    """Somebody caught the error of a refused statement and went on: nothing was saved."""


class HotTransaction:
    """As `Database.transaction`, without a session: commits at the end of its block, rolls back on
    any error. It begins with its first statement: a refusal before that costs nothing.
    """

    def __init__(self, database: Database) -> None:
        self.info: dict[str, Any] = {"clock": database.clock}
        self._reads = database.reads
        self._borrowed: PoolProxiedConnection | None = None
        self._driver: Any = None  # an asyncpg.Connection
        self._whole = True

    async def driver(self) -> Any:
        """The driver's connection; BEGIN has been sent. Raises `Unavailable`."""
        if self._borrowed is None:
            self._borrowed, self._driver = await self._reads.borrow()
            await self._send("BEGIN")
        return self._driver

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, kind: type[BaseException] | None, *_: object) -> None:
        """Raises `TransactionFailed`, or `Unavailable` when the database is away."""
        try:
            if kind is None:
                await before_commit()
                await self._commit()
        finally:
            if self._borrowed is not None:
                await self._give_back(self._borrowed)
        if kind is None:
            await after_commit()

    async def _commit(self) -> None:
        if self._borrowed is not None and await self._send("COMMIT") != "COMMIT":
            raise TransactionFailed

    async def _give_back(self, borrowed: PoolProxiedConnection) -> None:
        try:
            if self._whole and self._driver.is_in_transaction():
                await self._send("ROLLBACK")
        finally:
            if self._whole:
                borrowed.close()
            else:  # lost, or cut off in the middle of BEGIN, COMMIT or ROLLBACK
                borrowed.invalidate()

    async def _send(self, word: str) -> str:
        self._whole = False
        try:
            status: str = await self._driver.execute(word)
        except Exception as error:
            if is_away(error) or self._driver.is_closed():
                raise Unavailable from error
            raise
        self._whole = True
        return status


Transaction = AsyncSession | HotTransaction
"""What `Statement`s, the outbox and idempotency keys can be part of."""
