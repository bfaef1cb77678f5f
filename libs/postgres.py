"""PostgreSQL: engines, `transaction()`, and the conventions that all tables share.

One request is one transaction. Nobody calls `commit`, `rollback` or `begin` outside this package,
and no network call but the database's happens while a transaction is open.
"""

import re
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import DateTime, MetaData, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import (
    AsyncConnection,
    AsyncEngine,
    AsyncSession,
    async_sessionmaker,
    create_async_engine,
)
from sqlalchemy.pool import PoolProxiedConnection

from libs.clock import Clock
from libs.crashpoint import reach
from libs.errors import Unavailable
from libs.settings import PostgresSettings

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}
TYPES: dict[Any, Any] = {datetime: DateTime(timezone=True)}
"""For a service's declarative base: every `datetime` column keeps an instant."""

AWAY = re.compile(r"^(08|57P|53[23]|40001|40P01|55P03)")
"""SQLSTATEs that a repeat may cure: connection lost, server stopping, out of connections,
serialisation, deadlock, lock time-out.
"""

T = TypeVar("T")


def new_metadata() -> MetaData:
    """Metadata with the project's names for constraints, so that migrations can address them."""
    return MetaData(naming_convention=NAMING)


def is_away(error: BaseException) -> bool:
    """Whether an error means that the database cannot answer now, as opposed to refusing a
    statement.
    """
    if isinstance(error, (OSError, PoolTimeout)):
        return True
    if isinstance(error, DBAPIError):
        state = str(getattr(error.orig, "sqlstate", "") or "")
        # A server that states its reason is there; its text may quote what a user wrote.
        lost = bool(AWAY.match(state)) if state else _is_lost(error.orig)
        return error.connection_invalidated or lost
    return bool(AWAY.match(str(getattr(error, "sqlstate", "") or "")))


def _is_lost(error: BaseException | None) -> bool:
    return error is not None and (
        isinstance(error.__cause__, OSError) or "connection" in str(error).lower()
    )


def constraint(error: DBAPIError) -> str:
    """Name of the constraint that an `IntegrityError` speaks of; empty if it names none."""
    orig = error.orig  # the driver's own error, or SQLAlchemy's around it
    cause = orig.__cause__ if orig is not None and orig.__cause__ is not None else orig
    return str(getattr(cause, "constraint_name", "") or "")


class Reads:
    """Connections in AUTOCOMMIT for single statements: no BEGIN, no COMMIT."""

    def __init__(self, engine: AsyncEngine) -> None:
        self.engine = engine

    @asynccontextmanager
    async def connect(self) -> AsyncIterator[AsyncConnection]:
        """A connection of the pool. Raises `Unavailable` when the database cannot answer."""
        with _away_is_unavailable():
            async with self.engine.connect() as connection:
                yield connection

    async def borrow(self) -> tuple[PoolProxiedConnection, Any]:
        """A connection that was not lost while it lay in the pool, to be given back by `close()`,
        and the driver's own in it. Raises `Unavailable`.
        """
        with _away_is_unavailable():
            while True:
                borrowed = await self.engine.raw_connection()
                driver: Any = borrowed.driver_connection  # an asyncpg.Connection
                if not driver.is_closed():
                    return borrowed, driver
                borrowed.invalidate()


@contextmanager
def _away_is_unavailable() -> Iterator[None]:
    try:
        yield
    except Exception as error:
        if is_away(error):
            raise Unavailable from error
        raise


class Database:
    """One service's database: an engine for transactions and one in AUTOCOMMIT for reads. `info` is
    found in every session's `info`, beside the clock.
    """

    def __init__(
        self,
        settings: PostgresSettings,
        clock: Clock,
        *,
        name: str = "studyzed",
        info: Mapping[str, Any] | None = None,
    ) -> None:
        self.url = settings.database_url.get_secret_value()
        self.clock = clock
        self.engine = self._engine(settings, name)
        self.reads = Reads(
            self._engine(settings, name, isolation_level="AUTOCOMMIT", pool_reset_on_return=None)
        )
        self.sessions = async_sessionmaker(
            self.engine, expire_on_commit=False, info={"clock": clock, **(info or {})}
        )
        self.independent_sessions = self.sessions

    def _engine(self, settings: PostgresSettings, name: str, **options: Any) -> AsyncEngine:
        return create_async_engine(
            self.url,
            pool_size=settings.database_pool_size,
            max_overflow=0,
            pool_timeout=settings.database_pool_timeout,
            hide_parameters=True,  # an error's text ends in a log
            connect_args={
                "timeout": 5,
                "command_timeout": 30,
                "server_settings": {
                    "application_name": name,
                    "idle_in_transaction_session_timeout": "15000",
                    "lock_timeout": "5000",
                    "timezone": "UTC",
                },
            },
            **options,
        )

    @asynccontextmanager
    async def transaction(self, *, independent: bool = False) -> AsyncIterator[AsyncSession]:
        """Opens a session in a transaction, commits at the end, rolls back on any error.

        `independent=True` marks what must survive the refusal of the request around it (an audited
        denial); it always has its own connection. Raises `Unavailable` when the database cannot
        answer.
        """
        sessions = self.independent_sessions if independent else self.sessions
        with _away_is_unavailable():
            async with sessions.begin() as session:
                yield session
                await before_commit()
            await after_commit()

    async def run(self, work: Callable[[AsyncSession], Awaitable[T]]) -> T:
        """Runs `work(session)` in one transaction. Raises what `transaction` raises."""
        async with self.transaction() as session:
            return await work(session)

    async def ping(self, head: str = "") -> None:
        """Checks that the database answers and, if `head` is given, that its schema stands at that
        migration.

        Raises `Unavailable` otherwise.
        """
        async with self.transaction() as session:
            statement = (
                text("SELECT version_num FROM alembic_version") if head else text("SELECT ''")
            )
            found = await session.scalar(statement)
        if head and found != head:
            raise Unavailable(f"the schema stands at {found}, the code needs {head}")

    async def close(self) -> None:
        """Closes all connections."""
        await self.engine.dispose()
        await self.reads.engine.dispose()


async def before_commit() -> None:
    """The crash point that all transactions share."""
    await reach("postgres.before_commit")


async def after_commit() -> None:
    """The crash point that all transactions share."""
    await reach("postgres.after_commit")


def migration_head(package: str) -> str:
    """The last migration of a service, read from its files without importing Alembic."""
    folder = Path(__import__(package).__file__ or "").parent / "migrations" / "versions"
    parents: dict[str, str] = {}
    for file in folder.glob("*.py"):
        source = file.read_text()
        revision = re.search(r'^revision: str = "(\w+)"', source, re.MULTILINE)
        parent = re.search(r'^down_revision: str \| None = "(\w+)"', source, re.MULTILINE)
        if revision:
            parents[revision[1]] = parent[1] if parent else ""
    heads = set(parents) - set(parents.values())
    if len(heads) != 1:
        raise RuntimeError(f"{package} has {len(heads)} migration heads, one is needed")
    return heads.pop()
