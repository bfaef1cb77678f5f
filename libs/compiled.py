"""Statements that are compiled once and then sent by the driver itself.

SQLAlchemy's way through compiler, cursor, result and unit of work costs several times what the
statement does (`make bench`). It still builds the SQL, its pool lends the connection and its
session owns the transaction; only the way between is shorter. `libs/hot_reads.py` reads with it
outside any transaction.
"""

import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import asyncpg
from sqlalchemy import Executable, insert
from sqlalchemy.dialects.postgresql.asyncpg import dialect
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.sql.elements import ClauseElement

from libs.errors import Unavailable
from libs.hot_writes import HotTransaction, Transaction
from libs.postgres import is_away

DRIVER = "driver"
"""In a session's `info`: the transaction or savepoint that was begun for the driver last, and the
driver's connection.
"""

Row = dict[str, Any]
Watcher = Callable[[float], None]

WATCHERS: list[Watcher] = []
"""Called after each statement with its seconds; for the profiler, which cannot see the driver."""


class Statement:
    """One statement whose parameters are all `bindparam`s or constants. Make it once, at import.

    Values go to the driver and come from it as they are: UUIDs, aware datetimes, decimals; no type
    or default of SQLAlchemy's touches them, and no `IN` list is expanded.
    """

    def __init__(self, statement: Executable, columns: Sequence[str] | None = None) -> None:
        """`columns` are those that an INSERT gets values for; all of the table without."""
        assert isinstance(statement, ClauseElement)  # noqa: S101  (as all that we build are)
        compiled = statement.compile(
            dialect=dialect(),  # type: ignore[no-untyped-call]
            column_keys=columns,
        )
        self._text = str(compiled)
        if "POSTCOMPILE" in self._text:
            raise ValueError("an IN list has no fixed text: use = ANY()")
        self._names: Sequence[str] = getattr(compiled, "positiontup", None) or ()
        self._constants = {
            name: bind.value for name, bind in vars(compiled)["binds"].items() if not bind.required
        }

    async def run(self, session: Transaction, **values: Any) -> list[Row]:
        """Sends it in the session's transaction, or in a hot one; returns the rows, if it gives
        any, by column names. What the session has not flushed is flushed before, as everywhere.

        Raises `IntegrityError` when a constraint refuses it (`libs.postgres.constraint` names it),
        and `Unavailable` when the database is away.
        """
        driver = await _driver_in(session)
        return [dict(row) for row in await self.send(driver, values)]

    async def run_all(self, session: Transaction, rows: Sequence[Row]) -> None:
        """Sends it once for each of `rows`, in their order and in one go. Raises as `run`."""
        driver = await _driver_in(session)
        arguments = [self._arguments(row) for row in rows]
        await self._watched(driver, driver.executemany(self._text, arguments))

    async def send(self, driver: Any, values: Row) -> list[asyncpg.Record]:
        """Sends it by a driver's connection. Raises as `run`."""
        rows: list[asyncpg.Record] = await self._watched(
            driver, driver.fetch(self._text, *self._arguments(values))
        )
        return rows

    def _arguments(self, values: Row) -> list[Any]:
        values = self._constants | values
        return [values[name] for name in self._names]

    async def _watched(self, driver: Any, work: Awaitable[Any]) -> Any:
        begun = time.perf_counter()
        try:
            result = await work
        except asyncpg.IntegrityConstraintViolationError as error:
            raise IntegrityError(self._text, None, error, hide_parameters=True) from error
        except Exception as error:
            if is_away(error) or driver.is_closed():
                raise Unavailable from error
            raise
        for watch in WATCHERS:
            watch(time.perf_counter() - begun)
        return result


class Insert(Statement):
    """Adds whole rows to one table, with a value for every column that has no default there."""

    def __init__(self, table: type[DeclarativeBase]) -> None:
        columns = table.__table__.columns
        self._keys = [key for key, column in columns.items() if column.server_default is None]
        super().__init__(insert(table).inline(), self._keys)

    async def add(self, session: Transaction, row: DeclarativeBase) -> None:
        """Adds the row that an object describes. The session does not know the object: what is
        changed in it afterwards is not saved. Raises as `run`.
        """
        await self.run(session, **self._values(row))

    async def add_all(self, session: Transaction, rows: Sequence[DeclarativeBase]) -> None:
        """Adds the rows that objects describe, as `add`, in one go."""
        if len(rows) == 1:  # cheaper by itself
            await self.add(session, rows[0])
        elif rows:
            await self.run_all(session, [self._values(row) for row in rows])

    def _values(self, row: DeclarativeBase) -> Row:
        return {key: getattr(row, key) for key in self._keys}


async def _driver_in(session: Transaction) -> Any:
    if isinstance(session, HotTransaction):
        return await session.driver()
    return await _driver_of(session)


async def _driver_of(session: AsyncSession) -> Any:
    """The driver's connection on which the session's transaction runs; BEGIN has been sent."""
    if session.new or session.dirty or session.deleted:
        await session.flush()
    known, driver = session.info.get(DRIVER, (None, None))
    if known is None or known is not _innermost(session):
        driver = await _begin(session)
        session.info[DRIVER] = (_innermost(session), driver)
    return driver


def _innermost(session: AsyncSession) -> Any:
    """A savepoint, too, is sent only when SQLAlchemy is asked for its connection."""
    inner = session.sync_session
    return inner.get_nested_transaction() or inner.get_transaction()


async def _begin(session: AsyncSession) -> Any:
    connection = await session.connection()
    assert connection.sync_connection is not None  # noqa: S101  (a session's always is)
    borrowed = connection.sync_connection.connection
    driver: Any = borrowed.driver_connection  # an asyncpg.Connection
    if not driver.is_in_transaction():
        # SQLAlchemy sends BEGIN with its own first statement, and what went before that would
        # survive a rollback.
        try:
            await borrowed.dbapi_connection._start_transaction()  # type: ignore[union-attr]
        except Exception as error:
            if not (is_away(error) or driver.is_closed()):
                raise
            await connection.invalidate()  # it was lost while it lay in the pool
            raise Unavailable from error
    return driver
