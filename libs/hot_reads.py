"""Hot reads: a statement that is compiled once and then sent by the driver itself.

For the reads that the table of performance names, and only for those: SQLAlchemy's way through
compiler, cursor and result costs more than the query (measured by `make bench`: 1.4 times a bare
handler's CPU against 1.0). It still builds the SQL, and its pool lends the connection.
"""

import time
from collections.abc import Callable, Sequence
from typing import Any

import asyncpg
from sqlalchemy import Select
from sqlalchemy.dialects.postgresql.asyncpg import dialect
from sqlalchemy.pool import PoolProxiedConnection

from libs.errors import Unavailable
from libs.postgres import Reads, is_away

Row = dict[str, Any]
Watcher = Callable[[float], None]

WATCHERS: list[Watcher] = []
"""Called after each read with its seconds; for the profiler, which cannot see the driver."""


class Query:
    """A SELECT whose parameters are all `bindparam`s or constants. Make it once, at import.

    Values come from the driver as they are: UUIDs, aware datetimes, decimals; no type of
    SQLAlchemy's touches them, and no `IN` list is expanded.
    """

    def __init__(self, statement: Select[*tuple[Any, ...]]) -> None:
        compiled = statement.compile(dialect=dialect())  # type: ignore[no-untyped-call]
        self._text = str(compiled)
        if "POSTCOMPILE" in self._text:
            raise ValueError("an IN list has no fixed text: use = ANY()")
        self._names: Sequence[str] = compiled.positiontup or ()
        self._constants = {
            name: value for name, value in compiled.params.items() if value is not None
        }

    async def first(self, reads: Reads, **values: Any) -> Row | None:
        """The first row by column names. Raises `Unavailable` when the database is away."""
        rows = await self.all(reads, **values)
        return rows[0] if rows else None

    async def all(self, reads: Reads, **values: Any) -> list[Row]:
        """All rows by column names. Raises `Unavailable` when the database is away."""
        values = self._constants | values
        arguments = [values[name] for name in self._names]
        begun = time.perf_counter()
        try:
            rows = await _fetch(reads, self._text, arguments)
        except Exception as error:
            if is_away(error):
                raise Unavailable from error
            raise
        for watch in WATCHERS:
            watch(time.perf_counter() - begun)
        return [dict(row) for row in rows]


async def _fetch(reads: Reads, text: str, arguments: Sequence[Any]) -> list[asyncpg.Record]:
    borrowed, driver = await _borrow(reads)
    try:
        rows: list[asyncpg.Record] = await driver.fetch(text, *arguments)
    finally:
        borrowed.close()  # gives it back; a broken one is noticed by the next who borrows it
    return rows


async def _borrow(reads: Reads) -> tuple[PoolProxiedConnection, Any]:
    """A connection that was not lost while it lay in the pool."""
    while True:
        borrowed = await reads.engine.raw_connection()
        driver: Any = borrowed.driver_connection  # an asyncpg.Connection
        if not driver.is_closed():
            return borrowed, driver
        borrowed.invalidate()
