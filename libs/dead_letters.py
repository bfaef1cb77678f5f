"""Dead letters: events that a consumer could not take (see `libs/effects.py`) and jobs
that have failed for good, found and sent again.

An event leaves with its old id and key, and names the consumer that it is for: whoever has taken it
before takes it no more. A marker beside it on the dead-letter topic says that it has left.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import asyncpg
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.structs import ConsumerRecord
from pydantic import BaseModel, ValidationError

from libs.kafka import CONSUMER, DEAD, Message, Producer
from libs.mongo import Document, Mongo
from libs.settings import KafkaSettings

REPLAYED = "replayed"
"""Header of a marker: partition and offset of the dead letter that has left again."""
READ_SECONDS = 60.0
POLL_MS = 600
"""Longer than a fetch of the broker's own waits for data."""


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """An event or a job that was given up. `owner` is the consumer or the service, `address` the
    topic without prefix or the job's type, `place` where it lies.
    """

    id: str
    owner: str
    address: str
    type: str
    key: str
    reason: str
    at: datetime
    body: str
    place: str


class _Envelope(BaseModel):
    """What can be told of a record that may be no event at all."""

    id: str = ""
    type: str = "malformed"


class DeadEvents:
    """What lies on the dead-letter topics of a broker."""

    def __init__(self, settings: KafkaSettings) -> None:
        self._settings = settings

    async def find(self) -> list[DeadLetter]:
        """All that have not left again, oldest first. Raises `KafkaError` or `TimeoutError` when
        the broker is away.
        """
        found: dict[str, DeadLetter] = {}
        left: set[str] = set()
        async with asyncio.timeout(READ_SECONDS):
            for record in await self._records():
                headers = {name: value.decode(errors="replace") for name, value in record.headers}
                if REPLAYED in headers:
                    left.add(f"{record.topic}/{headers[REPLAYED]}")
                else:
                    place = f"{record.topic}/{record.partition}/{record.offset}"
                    found[place] = self._letter(record, headers, place)
        waiting = [letter for place, letter in found.items() if place not in left]
        return sorted(waiting, key=lambda letter: letter.at)

    def _letter(
        self, record: "ConsumerRecord[bytes, bytes]", headers: dict[str, str], place: str
    ) -> DeadLetter:
        body = (record.value or b"").decode(errors="replace")
        try:
            envelope = _Envelope.model_validate_json(body)
        except ValidationError:
            envelope = _Envelope()
        return DeadLetter(
            id=envelope.id or place,
            owner=headers.get(CONSUMER, ""),
            address=record.topic.removeprefix(self._settings.kafka_topic_prefix).removesuffix(DEAD),
            type=envelope.type,
            key=(record.key or b"").decode(errors="replace"),
            reason=headers.get("reason", ""),
            at=datetime.fromtimestamp(record.timestamp / 1_000, UTC),
            body=body,
            place=place,
        )

    async def _records(self) -> list["ConsumerRecord[bytes, bytes]"]:
        consumer = AIOKafkaConsumer(bootstrap_servers=self._settings.kafka_bootstrap)
        await consumer.start()
        try:
            partitions = [
                TopicPartition(topic, number)
                for topic in await consumer.topics()
                if topic.startswith(self._settings.kafka_topic_prefix) and topic.endswith(DEAD)
                for number in consumer.partitions_for_topic(topic) or ()
            ]
            return await _read(consumer, partitions) if partitions else []
        finally:
            await consumer.stop()

    async def send_again(self, letters: Sequence[DeadLetter]) -> list[DeadLetter]:
        """Sends events to their topics, in the given order, and returns those that the broker took.
        Raises `KafkaError` when it cannot be reached.
        """
        producer = Producer(self._settings)
        try:
            results = await producer.send_all([_event(letter) for letter in letters])
            sent = [letter for letter, error in zip(letters, results, strict=True) if error is None]
            # Ends this before all are marked, those are listed again; twice is safe.
            await producer.send_all([_marker(letter) for letter in sent])
        finally:
            await producer.stop()
        return sent


def _event(letter: DeadLetter) -> Message:
    addressee = ((CONSUMER, letter.owner.encode()),) if letter.owner else ()
    return Message(letter.address, letter.key, letter.body, addressee)


def _marker(letter: DeadLetter) -> Message:
    """With the same key, so that it lies behind its letter and is not forgotten before it."""
    _, partition, offset = letter.place.rsplit("/", 2)
    header = (REPLAYED, f"{partition}/{offset}".encode())
    return Message(letter.address + DEAD, letter.key, "", (header,))


async def _read(
    consumer: AIOKafkaConsumer, partitions: Sequence[TopicPartition]
) -> list["ConsumerRecord[bytes, bytes]"]:
    """All records, without joining a group."""
    consumer.assign(partitions)
    await consumer.seek_to_beginning(*partitions)
    ends = await consumer.end_offsets(partitions)
    found: list[ConsumerRecord[bytes, bytes]] = []
    quiet = False
    while not quiet:  # the local broker's end offsets can lag, so they say only "at least"
        batches = await consumer.getmany(timeout_ms=POLL_MS)
        for batch in batches.values():
            found += batch
        places = [await consumer.position(partition) >= ends[partition] for partition in partitions]
        quiet = not batches and all(places)
    return found


FIND = """
SELECT id, address, key, error, dead_at, body FROM outbox
WHERE dead_at IS NOT NULL ORDER BY dead_at
"""
REVIVE = """
UPDATE outbox SET dead_at = NULL, sent_at = NULL, begun_at = NULL, attempts = 0,
due_at = clock_timestamp()
WHERE id = ANY($1::uuid[]) AND dead_at IS NOT NULL RETURNING id
"""


class DeadRows:
    """The dead jobs of a service that keeps PostgreSQL."""

    def __init__(self, service: str, url: str) -> None:
        self._service = service
        self._dsn = url.replace("postgresql+asyncpg://", "postgresql://")

    async def _fetch(self, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        connection = await asyncpg.connect(self._dsn, timeout=5, command_timeout=30)
        try:
            return [tuple(row) for row in await connection.fetch(statement, *values)]
        finally:
            await connection.close()

    async def find(self) -> list[DeadLetter]:
        """All of them, oldest first. Raises what the driver raises."""
        return [_job(self._service, row) for row in await self._fetch(FIND)]

    async def send_again(self, letters: Sequence[DeadLetter]) -> list[DeadLetter]:
        """Lets the relay send jobs again, with all their tries before them; returns those that were
        still dead.
        """
        rows = await self._fetch(REVIVE, [UUID(letter.id) for letter in letters])
        alive = {str(row[0]) for row in rows}
        return [letter for letter in letters if letter.id in alive]


class DeadDocuments:
    """The dead jobs of a service that keeps MongoDB."""

    def __init__(self, service: str, mongo: Mongo) -> None:
        self._service = service
        self._mongo = mongo

    async def find(self) -> list[DeadLetter]:
        """All of them, oldest first. Raises what the driver raises."""
        found = self._mongo.database["outbox"].find({"dead_at": {"$ne": None}})
        names = ("_id", "address", "key", "error", "dead_at", "body")
        return [
            _job(self._service, [row[name] for name in names])
            async for row in found.sort([("dead_at", 1)])
        ]

    async def send_again(self, letters: Sequence[DeadLetter]) -> list[DeadLetter]:
        """Lets the relay send jobs again, with all their tries before them; returns those that were
        still dead.
        """
        change: Document = {"dead_at": None, "sent_at": None, "begun_at": None, "attempts": 0}
        change["due_at"] = self._mongo.clock.now()
        alive = []
        for letter in letters:
            dead = {"_id": UUID(letter.id), "dead_at": {"$ne": None}}
            changed = await self._mongo.database["outbox"].update_one(dead, {"$set": change})
            alive += [letter] * changed.modified_count
        return alive


def _job(service: str, row: Sequence[Any]) -> DeadLetter:
    """`row` is the job's id, type, key, failure, time of death and body."""
    job_id, address, key, error, at, body = row
    place = f"{service}/outbox"
    return DeadLetter(str(job_id), service, address, address, key, error or "", at, body, place)
