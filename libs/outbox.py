"""The outbox: the only way out of a PostgreSQL transaction
(https://microservices.io/patterns/data/transactional-outbox.html).

`publish` (an event for Kafka) and `enqueue` (a job for Celery) write a row in the caller's own
transaction; the relay (`libs/relay.py`) sends it afterwards. What was rolled back never leaves;
what was committed always does, at least once.

Order: call `publish` while the aggregate's row is locked (or was inserted) by this transaction.
Then commit order is row order for that key, and the relay keeps it.
"""

import zlib
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
from sqlalchemy import (
    BigInteger,
    Column,
    DateTime,
    Identity,
    Index,
    Integer,
    SmallInteger,
    Table,
    Text,
    Uuid,
    insert,
    text,
)

from libs import postgres, tracing
from libs.compiled import Row, Statement
from libs.crashpoint import reach
from libs.events.base import Event
from libs.hot_writes import Transaction
from libs.ids import new_id
from libs.jobs import BEGUN, RETRY_SECONDS, WORKER_LOST, Job
from libs.letters import CELERY, KAFKA, Letter

SHARDS = 16
CHANNEL = "outbox"

METADATA = postgres.new_metadata()
OUTBOX = Table(
    "outbox",
    METADATA,
    Column("seq", BigInteger, Identity(always=True), primary_key=True),
    Column("id", Uuid, nullable=False, unique=True),
    Column("destination", Text, nullable=False),
    Column(
        "address", Text, nullable=False, comment="Kafka topic without prefix, or the job's type"
    ),
    Column("key", Text, nullable=False),
    Column("shard", SmallInteger, nullable=False),
    Column("body", Text, nullable=False),
    Column("traceparent", Text, nullable=False, server_default=""),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("due_at", DateTime(timezone=True), nullable=False),
    Column("sent_at", DateTime(timezone=True)),
    Column("begun_at", DateTime(timezone=True), comment="when a worker has begun with this job"),
    Column(
        "closed_at", DateTime(timezone=True), comment="when the job itself said that it is done"
    ),
    Column("dead_at", DateTime(timezone=True)),
    Column("error", Text),
    Index(
        "ix_outbox_waiting",
        "shard",
        "seq",
        postgresql_where=text("sent_at IS NULL AND dead_at IS NULL"),
    ),
    Index(
        "ix_outbox_open_jobs",
        "sent_at",
        postgresql_where=text("destination = 'celery' AND closed_at IS NULL"),
    ),
    Index("ix_outbox_created_at", "created_at"),
)

WRITTEN = (
    "id", "destination", "address", "key", "shard", "body", "traceparent", "created_at", "due_at",
)  # fmt: skip
ADD = Statement(insert(OUTBOX).inline(), WRITTEN)

NOTIFY_TRIGGER = (
    "CREATE FUNCTION outbox_notify() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
    "PERFORM pg_notify('outbox', ''); RETURN NULL; END $$",
    "CREATE TRIGGER outbox_notify AFTER INSERT ON outbox "
    "FOR EACH STATEMENT EXECUTE FUNCTION outbox_notify()",
)
"""Statements for a service's first migration: every insert wakes the relay at commit."""


def shard_of(key: str) -> int:
    """The relay shard of a key, 0 to 15."""
    return zlib.crc32(key.encode()) % SHARDS


async def publish(session: Transaction, *events: Event) -> None:
    """Writes events for Kafka into the caller's transaction, in the given order.

    Call it under the aggregate's row lock: that is what keeps the order per key.
    """
    now, trace = _now(session), tracing.current_traceparent()
    letters = [
        Letter(event.event_id, KAFKA, event.topic, event.key, event.to_wire(now, trace), trace)
        for event in events
    ]
    if letters:
        await _add(session, [_row(letter, now) for letter in letters])
        await reach("outbox.after_insert_of_events")


async def enqueue(session: Transaction, job: Job, *, delay: timedelta = timedelta()) -> UUID:
    """Writes a job for Celery into the caller's transaction, due after `delay`. Returns the job's
    id.
    """
    [job_id] = await enqueue_all(session, [job], delay=delay)
    return job_id


async def enqueue_all(
    session: Transaction, jobs: Sequence[Job], *, delay: timedelta = timedelta()
) -> list[UUID]:
    """Writes jobs as `enqueue` does, all by one statement. Returns their ids."""
    now, trace = _now(session), tracing.current_traceparent()
    rows = []
    for job in jobs:
        job_id = new_id()
        letter = Letter(job_id, CELERY, job.type, str(job_id), job.model_dump_json(), trace)
        rows.append(_row(letter, now) | {"due_at": now + delay})
    if rows:
        await _add(session, rows)
        await reach("outbox.after_insert_of_job")
    return [row["id"] for row in rows]


async def _add(session: Transaction, rows: Sequence[Row]) -> None:
    if len(rows) == 1:  # cheaper by itself
        await ADD.run(session, **rows[0])
    else:
        await ADD.run_all(session, rows)


def _now(session: Transaction) -> datetime:
    now: datetime = session.info["clock"].now()
    return now


def _row(letter: Letter, now: datetime) -> dict[str, Any]:
    row = {name: getattr(letter, name) for name in Letter.__slots__}
    return row | {"shard": shard_of(letter.key), "created_at": now, "due_at": now}


EVENTS = """
SELECT id, destination, address, key, body, traceparent FROM outbox
WHERE sent_at IS NULL AND dead_at IS NULL AND shard = ANY($1::smallint[]) AND destination = 'kafka'
ORDER BY seq LIMIT $2
"""
JOBS = """
SELECT id, destination, address, key, body, traceparent FROM outbox
WHERE sent_at IS NULL AND dead_at IS NULL AND shard = ANY($1::smallint[])
AND destination = 'celery' AND due_at <= clock_timestamp()
ORDER BY seq LIMIT $2
"""
MARK = """
UPDATE outbox SET sent_at = statement_timestamp(), attempts = attempts + 1
WHERE id = ANY($1::uuid[]) AND (destination = 'kafka' OR due_at <= clock_timestamp())
"""
"""A job may fail, and be put back with a later due time, before the relay gets to mark it. One time
for all of them: those behind the first are not to look older.
"""
DEPTH = """
SELECT (SELECT count(*) FROM outbox WHERE sent_at IS NULL AND dead_at IS NULL),
(SELECT count(*) FROM outbox
 WHERE destination = 'celery' AND closed_at IS NULL AND sent_at IS NOT NULL AND dead_at IS NULL)
"""
LOST_JOBS = """
UPDATE outbox SET sent_at = NULL, begun_at = NULL,
dead_at = CASE WHEN begun_at IS NOT NULL AND attempts > $4 THEN clock_timestamp() END,
error = CASE WHEN begun_at IS NOT NULL THEN $5 ELSE error END
WHERE destination = 'celery' AND closed_at IS NULL AND dead_at IS NULL AND sent_at IS NOT NULL
AND (begun_at < clock_timestamp() - $1::interval OR begun_at IS NULL
     AND sent_at < clock_timestamp() - $2::interval
     AND ($3::uuid IS NULL OR sent_at < (SELECT sent_at FROM outbox WHERE id = $3)))
"""
"""What was sent before the oldest job that still waits in the queue has been taken out of it."""
OLD_LETTERS = """
DELETE FROM outbox WHERE created_at < clock_timestamp() - interval '3 days' AND dead_at IS NULL
AND sent_at IS NOT NULL AND (destination = 'kafka' OR closed_at IS NOT NULL)
"""
OLD_RECEIPTS = "DELETE FROM inbox WHERE received_at < clock_timestamp() - interval '7 days'"
REPLAY = """
UPDATE outbox SET sent_at = NULL
WHERE destination = 'kafka' AND created_at > clock_timestamp() - $1::interval
"""


class PostgresOutbox:
    """The relay's side of the table, over one connection of its own.

    That connection holds an advisory lock per shard: two relays never send the same key, and when
    the connection dies, so do its locks and its right to mark rows.
    """

    LOCK_CLASS = 7_261  # an arbitrary number that no other advisory lock of the service uses

    def __init__(self, url: str, sweeps: Sequence[str] = ()) -> None:
        """`sweeps` are further statements that drop what is old."""
        self._dsn = url.replace("postgresql+asyncpg://", "postgresql://")
        self._sweeps = (OLD_LETTERS, OLD_RECEIPTS, *sweeps)
        self._connection: asyncpg.Connection[asyncpg.Record] | None = None
        self._shards: list[int] = []

    async def open(self, wake: Any) -> None:
        """Connects and listens; `wake()` is called at every commit that wrote to the outbox."""
        self._connection = await asyncpg.connect(self._dsn, timeout=5, command_timeout=30)
        await self._connection.add_listener(CHANNEL, lambda *_: wake())

    async def close(self) -> None:
        """Closes the connection, and with it gives up the shards."""
        if self._connection is not None:
            connection, self._connection, self._shards = self._connection, None, []
            connection.terminate()

    @property
    def connection(self) -> "asyncpg.Connection[asyncpg.Record]":
        """The open connection; raises `ConnectionError` when there is none."""
        if self._connection is None or self._connection.is_closed():
            raise ConnectionError("the relay has lost its connection")
        return self._connection

    async def acquire(self) -> bool:
        """Takes the shards that are free; returns whether this relay holds any."""
        missing = [shard for shard in range(SHARDS) if shard not in self._shards]
        if missing:
            rows = await self.connection.fetch(
                "SELECT s FROM unnest($2::int[]) s WHERE pg_try_advisory_lock($1::int, s)",
                self.LOCK_CLASS,
                missing,
            )
            self._shards.extend(row["s"] for row in rows)
        return bool(self._shards)

    async def batch(self, limit: int) -> Sequence[Letter]:
        """Up to `limit` events and as many jobs that are due, each oldest first: neither can take
        all the room while its broker is away.
        """
        rows = await self.connection.fetch(EVENTS, self._shards, limit)
        rows += await self.connection.fetch(JOBS, self._shards, limit)
        return [Letter(UUID(str(row["id"])), *list(row.values())[1:]) for row in rows]

    async def mark(self, ids: Sequence[UUID]) -> None:
        """Marks letters as sent."""
        await self.connection.execute(MARK, ids)

    async def depth(self) -> tuple[int, int]:
        """How many letters wait, and how many jobs were sent but are still open."""
        row = await self.connection.fetchrow(DEPTH)
        return (int(row[0]), int(row[1])) if row else (0, 0)

    async def sweep(
        self, lost_after: timedelta, oldest: UUID | None = None, begun_after: timedelta = BEGUN
    ) -> None:
        """Sends jobs again whose worker has died, or that nobody began in time, and drops what is
        long done. `oldest` is the job that has waited longest in the queue.
        """
        values = (begun_after, lost_after, oldest, len(RETRY_SECONDS), WORKER_LOST)
        await self.connection.execute(LOST_JOBS, *values)
        for statement in self._sweeps:
            await self.connection.execute(statement)

    async def replay(self, hours: int) -> None:
        """Marks the events (never the jobs) of the last hours as unsent: for a broker that lost its
        memory.
        """
        await self.connection.execute(REPLAY, timedelta(hours=hours))
