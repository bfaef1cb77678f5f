"""MongoDB: the client and multi-document transactions. Outbox and inbox, the collections beside the
data, are in `libs.mongo_outbox` and `libs.mongo_inbox`.

Motor is imported here and in repositories only, so that the move to PyMongo's own async client is
one small change. Only what both MongoDB and the local server understand is used (no text indexes,
no `$sum` over an array path).
"""

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar
from uuid import UUID

from motor.motor_asyncio import (
    AsyncIOMotorClient,
    AsyncIOMotorClientSession,
    AsyncIOMotorCollection,
    AsyncIOMotorDatabase,
)
from pymongo import ReadPreference
from pymongo.errors import (
    AutoReconnect,
    ConnectionFailure,
    ExecutionTimeout,
    PyMongoError,
)
from pymongo.read_concern import ReadConcern
from pymongo.write_concern import WriteConcern

from libs.batches import Beside
from libs.clock import Clock
from libs.crashpoint import reach
from libs.errors import Unavailable
from libs.settings import MongoSettings

Document = dict[str, Any]
T = TypeVar("T")

DUPLICATE = 11_000
"""The server's code for a second document with a unique key."""
PATIENCE_SECONDS = 5.0
"""How long a transaction is repeated after transient errors."""


@dataclass(frozen=True, slots=True)
class MongoSession:
    """What a repository gets: the database and, inside a transaction, the session that every call
    must pass on.
    """

    database: "AsyncIOMotorDatabase[Document]"
    handle: AsyncIOMotorClientSession | None
    clock: Clock
    letters: list[UUID] = field(default_factory=list)
    """What this transaction put into the outbox: its commit wakes the relay."""

    def __getitem__(self, collection: str) -> "AsyncIOMotorCollection[Document]":
        return self.database[collection]


class Conflict(Unavailable):
    """Others were faster with the same documents, again and again."""


class Mongo:
    """One service's database.

    `wake` runs after every commit that wrote to the outbox, beside whoever has committed; it must
    not raise (use `libs.redis.signal`). Without it the relay notices at its next poll, within a
    second.
    """

    def __init__(
        self,
        settings: MongoSettings,
        clock: Clock,
        wake: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        self.client: AsyncIOMotorClient[Document] = AsyncIOMotorClient(
            settings.mongo_url.get_secret_value(),
            serverSelectionTimeoutMS=settings.mongo_timeout_ms,
            tz_aware=True,
            uuidRepresentation="standard",
            maxPoolSize=50,
        )
        self.database = self.client[settings.mongo_database]
        self.clock = clock
        self._wake = Beside(wake) if wake else None
        self.outside = MongoSession(self.database, None, clock)
        """What `reads` hands out."""

    async def run(
        self,
        work: Callable[[MongoSession], Coroutine[Any, Any, T]],
        patience: float | None = None,
    ) -> T:
        """Runs `work(session)` in one transaction and repeats it after a transient error, so `work`
        must be repeatable.

        Raises `Unavailable` when the server cannot answer, and `Conflict` when `work` still
        conflicts with others after `patience` (`PATIENCE_SECONDS`). (The driver's own
        `with_transaction` would go on for 120 s, in which a request waits.)
        """
        loop = asyncio.get_running_loop()
        deadline = loop.time() + (PATIENCE_SECONDS if patience is None else patience)
        while True:
            try:
                return await self._run_once(work, deadline)
            except PyMongoError as error:
                again = error.has_error_label("TransientTransactionError")
                if not again or loop.time() > deadline:
                    raise_away(error)
                    raise
            await asyncio.sleep(random.uniform(0.001, 0.01))  # noqa: S311  (parts the writers)

    async def _run_once(
        self, work: Callable[[MongoSession], Coroutine[Any, Any, T]], deadline: float
    ) -> T:
        async with await self.client.start_session() as handle:
            handle.start_transaction(
                read_concern=ReadConcern("snapshot"),
                write_concern=WriteConcern("majority"),
                read_preference=ReadPreference.PRIMARY,
            )
            session = MongoSession(self.database, handle, self.clock)
            result = await work(session)
            await reach("mongo.before_commit")
            while True:
                try:
                    await handle.commit_transaction()
                except PyMongoError as error:
                    unknown = error.has_error_label("UnknownTransactionCommitResult")
                    if not unknown or asyncio.get_running_loop().time() > deadline:
                        raise
                else:
                    break
        await reach("mongo.after_commit")
        if session.letters and self._wake is not None:
            self._wake.ask()
        return result

    @asynccontextmanager
    async def reads(self) -> AsyncIterator[MongoSession]:
        """For reads and single-document writes that need no transaction.

        Raises `Unavailable` when the server cannot answer.
        """
        try:
            yield self.outside
        except PyMongoError as error:
            raise_away(error)
            raise

    async def ping(self) -> None:
        """Checks that the server answers. Raises `Unavailable`."""
        try:
            async with asyncio.timeout(2):
                await self.client.admin.command("ping")
        except (PyMongoError, TimeoutError) as error:
            raise Unavailable from error

    async def close(self) -> None:
        """Closes all connections."""
        if self._wake is not None:
            await self._wake.close()
        self.client.close()


def raise_away(error: PyMongoError) -> None:
    """Raises `Unavailable` if the error means that the server is away or too busy, and returns
    otherwise.
    """
    if isinstance(error, (AutoReconnect, ConnectionFailure, ExecutionTimeout)):
        raise Unavailable from error
    if error.has_error_label("TransientTransactionError"):
        raise Conflict from error


def conflict() -> PyMongoError:
    """What a repository raises inside a transaction whose premise has changed: `run` repeats it."""
    return PyMongoError("the document has changed", error_labels=["TransientTransactionError"])


async def drop_index(collection: "AsyncIOMotorCollection[Document]", name: str) -> None:
    """Drops an index that an earlier version has made, if it is there."""
    if name in await collection.index_information():
        await collection.drop_index(name)


async def ensure_base_indexes(mongo: Mongo) -> None:
    """Creates the indexes of the outbox and the inbox."""
    outbox, inbox = mongo.database["outbox"], mongo.database["inbox"]
    await outbox.create_index([("sent_at", 1), ("key", 1), ("revision", 1)])
    await outbox.create_index([("destination", 1), ("closed_at", 1), ("sent_at", 1)])
    await outbox.create_index([("created_at", 1)])
    await inbox.create_index([("consumer", 1), ("event_id", 1)], unique=True)
    await inbox.create_index([("received_at", 1)], expireAfterSeconds=7 * 86_400)
