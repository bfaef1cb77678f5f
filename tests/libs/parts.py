"""What the tests of outbox, relay, consumer and jobs share: one small service of their own."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any, ClassVar
from uuid import UUID

import asyncpg
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.structs import ConsumerRecord
from pydantic_settings import SettingsConfigDict
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from libs import outbox
from libs.events.base import Event
from libs.jobs import Job
from libs.kafka import PARTITIONS, Message, Producer
from libs.letters import Letter
from libs.outbox import PostgresOutbox
from libs.postgres import Database
from libs.relay import Relay
from libs.settings import (
    CelerySettings,
    CoreSettings,
    KafkaSettings,
    PostgresSettings,
    RedisSettings,
)

TOPIC = "test.events"
TABLES = """
CREATE TABLE aggregates (key text PRIMARY KEY, version int NOT NULL);
CREATE TABLE effects (seq bigint GENERATED ALWAYS AS IDENTITY, key text, revision int, trace text)
"""


class Settings(CoreSettings, PostgresSettings, RedisSettings, KafkaSettings, CelerySettings):
    """The settings of a service without a feature."""

    model_config = SettingsConfigDict(env_prefix="PARTS_", extra="ignore", frozen=True)


class Changed(Event):
    """An aggregate has changed."""

    type: ClassVar[str] = "studyzed.test.changed"
    topic: ClassVar[str] = TOPIC
    key_field: ClassVar[str] = "name"

    name: str


class Unwanted(Changed):
    """An event that no consumer here takes."""

    type: ClassVar[str] = "studyzed.test.unwanted"


class Work(Job):
    """A job."""

    type: ClassVar[str] = "test.work"

    number: int = 0


@dataclass
class Parts:
    """A database with outbox, inbox and two small tables; a topic; a producer."""

    settings: Settings
    database: Database
    producer: Producer

    def relay(self, send_jobs: Any = None, **options: Any) -> Relay:
        """A relay with a connection of its own."""
        return Relay(PostgresOutbox(self.database.url), self.producer, send_jobs, **options)

    async def change(self, key: str, pause: float = 0) -> int:
        """Changes an aggregate under its lock and publishes that; returns its new version."""

        async def work(session: AsyncSession) -> int:
            version = await session.scalar(
                text(
                    "INSERT INTO aggregates VALUES (:key, 1) ON CONFLICT (key) "
                    "DO UPDATE SET version = aggregates.version + 1 RETURNING version"
                ),
                {"key": key},
            )
            await asyncio.sleep(pause)
            await outbox.publish(session, Changed(name=key, revision=version))
            return int(version or 0)

        return await self.database.run(work)

    async def fetch(self, statement: str, **values: Any) -> list[tuple[Any, ...]]:
        """Rows of a statement in a transaction of its own; of a change it returns none."""
        async with self.database.transaction() as session:
            result: Any = await session.execute(text(statement), values)
            return [tuple(row) for row in result] if result.returns_rows else []

    async def waiting(self) -> int:
        """How many letters have not left."""
        [(count,)] = await self.fetch("SELECT count(*) FROM outbox WHERE sent_at IS NULL")
        return int(count)

    async def effects(self) -> list[tuple[str, int]]:
        """What the handler did, in the order in which it did it."""
        rows = await self.fetch("SELECT key, revision FROM effects ORDER BY seq")
        return [(key, revision) for key, revision in rows]

    async def send(self, *events: Event) -> None:
        """Sends events past the outbox."""
        now = self.database.clock.now()
        messages = [Message(event.topic, event.key, event.to_wire(now)) for event in events]
        assert await self.producer.send_all(messages) == [None] * len(events)

    async def topic(self, name: str = TOPIC) -> list["ConsumerRecord[bytes, bytes]"]:
        """All records of a topic, partition by partition."""
        return await records(self.settings, name)

    async def events(self) -> list[Changed]:
        """All events of the topic, in order within a key."""
        found = [Changed.from_wire(record.value or b"") for record in await self.topic()]
        return [event for event in found if event is not None]


async def records(settings: KafkaSettings, name: str) -> list["ConsumerRecord[bytes, bytes]"]:
    """All records of a topic from the beginning, without joining a group."""
    consumer = AIOKafkaConsumer(bootstrap_servers=settings.kafka_bootstrap, fetch_max_wait_ms=20)
    await consumer.start()
    try:
        topic = settings.kafka_topic_prefix + name
        partitions = [TopicPartition(topic, number) for number in range(PARTITIONS)]
        consumer.assign(partitions)
        await consumer.seek_to_beginning(*partitions)
        found: list[ConsumerRecord[bytes, bytes]] = []
        quiet = 0
        while quiet < 2:  # Tansu's end offsets can lag behind a batch, so they say nothing
            batches = await consumer.getmany(timeout_ms=120)
            quiet = 0 if batches else quiet + 1
            for batch in batches.values():
                found += batch
        return sorted(found, key=lambda record: (record.partition, record.offset))
    finally:
        await consumer.stop()


async def make_tables(settings: Settings) -> None:
    """Adds the two small tables, as the database's owner."""
    assert settings.database_owner_url is not None
    url = settings.database_owner_url.get_secret_value()
    owner = await asyncpg.connect(url.replace("postgresql+asyncpg://", "postgresql://"))
    try:
        await owner.execute(TABLES)
    finally:
        await owner.close()


@asynccontextmanager
async def at_work(*parts: Any) -> AsyncIterator[list["asyncio.Task[None]"]]:
    """Runs relays and consumers (whatever has a `run`) until the block ends."""
    tasks = [asyncio.create_task(part.run()) for part in parts]
    try:
        yield tasks
    finally:
        for task in tasks:
            await end(task)


async def end(task: "asyncio.Task[None]") -> None:
    """Cancels a task and waits for its end."""
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


class Jobs:
    """Where a relay puts jobs in these tests."""

    def __init__(self) -> None:
        self.ids: list[UUID] = []
        self.away = False

    async def send(self, letters: Sequence[Letter]) -> None:
        """Takes jobs unless it is away."""
        if self.away:
            raise ConnectionError("the jobs' broker is away")
        self.ids += [letter.id for letter in letters]
