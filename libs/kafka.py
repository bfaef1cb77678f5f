"""Kafka: the producer of the relay and the loop of every consumer.

At-least-once delivery, once-only effect: parse, transaction, inbox, handlers, commit, and only then
the offset. A chunk of a poll is one transaction; when a handler raises, the chunk is rolled back
and redone event by event.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias
from uuid import UUID

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRebalanceListener, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import (
    CommitFailedError,
    IllegalStateError,
    KafkaError,
    KafkaTimeoutError,
    MessageSizeTooLargeError,
    TopicAlreadyExistsError,
)
from aiokafka.structs import ConsumerRecord, OffsetAndMetadata
from opentelemetry.trace import SpanKind
from pydantic import ValidationError

from libs import broker_watch, log, metrics, tracing
from libs.crashpoint import reach
from libs.errors import Unavailable
from libs.events.base import Event
from libs.settings import KafkaSettings

CHUNK = 200
PARTITIONS = 8
TRIES = 5
RETRY_SECONDS = (0.5, 2.0, 8.0, 30.0)
"""Waits between the five tries of an event whose handler raises: all within a minute."""
DEAD = ".dead"
CONSUMER = "consumer"
"""Header that names a consumer: who has buried an event, or for whom alone it was sent again."""
STOP_SECONDS = 1.5
REQUEST_TIMEOUT_MS = 10_000
"""How long the producer tries to hand a batch to the broker."""
HAND_SECONDS = 30.0
"""How long it may take to put a batch into the producer's hands: a client that has lost the task
which asks for metadata would wait for ever.
"""

logger = log.get(__name__)

Handler = Callable[[Any, Any], Awaitable[None]]
Record: TypeAlias = "ConsumerRecord[bytes, bytes]"


@dataclass(frozen=True, slots=True)
class Message:
    """One record to send: a topic without prefix, a key, a body and headers."""

    topic: str
    key: str
    body: str
    headers: tuple[tuple[str, bytes], ...] = ()


class Store(Protocol):
    """Where a consumer's effects go: PostgreSQL or MongoDB."""

    async def run(self, work: Callable[[Any], Coroutine[Any, Any, None]]) -> None:
        """Runs `work(session)` in one transaction."""

    async def once(self, session: Any, consumer: str, event_ids: Sequence[UUID]) -> set[UUID]:
        """Records event ids in the inbox; returns the new ones."""
        ...


class Producer:
    """Sends event bodies with `acks=all`."""

    def __init__(self, settings: KafkaSettings) -> None:
        self._settings = settings
        self._producer: AIOKafkaProducer | None = None
        self._starting = asyncio.Lock()

    async def _started(self) -> AIOKafkaProducer:
        async with self._starting:
            if self._producer is None:
                producer = AIOKafkaProducer(
                    bootstrap_servers=self._settings.kafka_bootstrap,
                    acks="all",
                    enable_idempotence=self._settings.kafka_idempotent,
                    # A relay batch is one Kafka batch per partition, so it fails as a whole.
                    max_batch_size=1_000_000,
                    max_request_size=8_000_000,
                    request_timeout_ms=REQUEST_TIMEOUT_MS,
                )
                try:
                    async with asyncio.timeout(REQUEST_TIMEOUT_MS / 1_000):  # it would never end
                        await producer.start()
                except BaseException:
                    await producer.stop()
                    raise
                self._producer = producer
            return self._producer

    async def send_all(self, messages: Sequence[Message]) -> list[BaseException | None]:
        """Sends messages and waits for the broker's word on each; the answer holds an error or
        `None` for each.

        Raises `KafkaError` or `TimeoutError` when the broker cannot be reached at all.
        """
        producer = await self._started()
        promises: list[Awaitable[Any]] = []
        broken: Exception | None = None
        try:
            async with asyncio.timeout(HAND_SECONDS):
                for message in messages:
                    try:
                        promises.append(await self._send(producer, message))
                    except MessageSizeTooLargeError as error:  # the fault of this message alone
                        promises.append(_failed(error))
        except (KafkaError, TimeoutError) as error:  # the next one would fare no better
            broken = error
        answers = [asyncio.ensure_future(promise) for promise in promises]
        if answers:
            _, late = await asyncio.wait(answers, timeout=REQUEST_TIMEOUT_MS / 1_000)
            for answer in late:
                broken = broken or KafkaTimeoutError()
                answer.cancel()
        if broken is not None:
            await self._drop(producer)
        results = await asyncio.gather(*answers, return_exceptions=True)
        results = [broken if isinstance(one, asyncio.CancelledError) else one for one in results]
        results += [broken] * (len(messages) - len(results))
        return [result if isinstance(result, BaseException) else None for result in results]

    async def _send(self, producer: AIOKafkaProducer, message: Message) -> Awaitable[Any]:
        future: Awaitable[Any] = await producer.send(
            self._settings.kafka_topic_prefix + message.topic,
            message.body.encode(),
            key=message.key.encode(),
            headers=list(message.headers),  # the C code takes nothing else
        )
        return future

    async def _drop(self, producer: AIOKafkaProducer | None) -> None:
        """Lets the next call begin with a new producer: one whose sender has died takes nothing
        ever again, and an idempotent one never gives up by itself.
        """
        if self._producer is producer is not None:
            self._producer = None
            await _stop(_abandon(producer))

    async def ping(self) -> None:
        """Checks that the broker answers. Raises `Unavailable`."""
        try:
            producer = await self._started()
            there = await broker_watch.answers(producer.client)
        except broker_watch.ClientDied:
            await self._drop(producer)
            there = False
        except (KafkaError, OSError) as error:
            raise Unavailable("the broker is away") from error
        if not there:
            raise Unavailable("the broker does not answer")

    async def stop(self) -> None:
        """Closes without waiting for the broker."""
        await self._drop(self._producer)


_stopping: set["asyncio.Task[None]"] = set()


async def _stop(closing: Coroutine[Any, Any, None]) -> None:
    """Closes a client; while the broker is away that takes long, and goes on beside the caller."""
    task = asyncio.create_task(closing)
    _stopping.add(task)
    task.add_done_callback(_stopped)
    await asyncio.wait([task], timeout=STOP_SECONDS)


async def _abandon(producer: AIOKafkaProducer) -> None:
    """Closes a producer with what it has in hand: that is still in the outbox. Its own `stop` would
    deliver everything first, for as long as the broker is away.
    """
    producer._closed = True
    try:
        await producer._sender.close()  # raises what a request in hand raises
    finally:
        await producer.client.close()


def _stopped(task: "asyncio.Task[None]") -> None:
    _stopping.discard(task)
    if not task.cancelled() and (error := task.exception()) is not None:
        logger.info("client_stopped_hard", reason=type(error).__name__)


async def _failed(error: KafkaError) -> None:
    raise error


async def ensure_topics(settings: KafkaSettings, topics: Sequence[str]) -> None:
    """Creates the topics (and their dead-letter twins) that do not exist yet."""
    admin = AIOKafkaAdminClient(bootstrap_servers=settings.kafka_bootstrap)
    await admin.start()
    try:
        names = [settings.kafka_topic_prefix + topic for topic in topics]
        have = set(await admin.list_topics())
        new = [
            NewTopic(
                name + suffix,
                num_partitions=PARTITIONS,
                replication_factor=settings.kafka_replication,
            )
            for name in names
            for suffix in ("", DEAD)
            if name + suffix not in have
        ]
        if new:
            await admin.create_topics(new)
    except TopicAlreadyExistsError:
        return  # somebody else was faster
    finally:
        await admin.close()


class Consumer:
    """One consumer group of a service: typed handlers over one store.

    `Unavailable` (our own store or a broker is away) pauses the partition for as long as it takes;
    any other error of a handler gets five tries within a minute, then the event goes to the
    dead-letter topic with the reason, and the partition goes on.
    """

    def __init__(
        self,
        name: str,
        settings: KafkaSettings,
        store: Store,
        handlers: Mapping[type[Event], Handler],
        producer: Producer,
    ) -> None:
        self.name = name
        self._settings = settings
        self._store = store
        self._handlers = dict(handlers)
        self._producer = producer
        self._topics = sorted({settings.kafka_topic_prefix + event.topic for event in handlers})
        self._busy = asyncio.Lock()
        self._tries: dict[tuple[TopicPartition, int], int] = {}
        self._resume: dict[TopicPartition, tuple[float, int]] = {}
        self._away: dict[TopicPartition, float] = {}
        self._consumer: AIOKafkaConsumer | None = None
        self._answered = False

    @property
    def ready(self) -> bool:
        """Whether the broker has just answered, and has given this consumer partitions."""
        return self._answered and bool(self._consumer and self._consumer.assignment())

    def _hear(self, answered: bool) -> None:
        self._answered = answered

    async def run(self) -> None:
        """Consumes until cancelled; begins again after any failure of the broker."""
        while True:
            try:
                await self._session()
            except Exception as error:  # a consumer that ends would take the relay with it
                logger.warning(
                    "consumer_waits",
                    consumer=self.name,
                    reason=type(error).__name__,
                    exc_info=not isinstance(error, (KafkaError, OSError)),
                )
            await asyncio.sleep(1)

    async def _session(self) -> None:
        consumer = AIOKafkaConsumer(
            bootstrap_servers=self._settings.kafka_bootstrap,
            group_id=self._settings.kafka_topic_prefix + self.name,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            session_timeout_ms=self._settings.kafka_session_timeout_ms,
            heartbeat_interval_ms=self._settings.kafka_session_timeout_ms // 4,
            fetch_max_wait_ms=self._settings.kafka_fetch_max_wait_ms,
            max_poll_interval_ms=300_000,
        )
        self._consumer = consumer
        consumer.subscribe(topics=self._topics, listener=_Listener(self))
        try:
            await broker_watch.first_of(
                self._poll(consumer), broker_watch.watch(consumer, self._hear)
            )
        finally:
            self._answered = False
            await _stop(consumer.stop())

    async def _poll(self, consumer: AIOKafkaConsumer) -> None:
        await consumer.start()
        self._answered = True
        measured = 0.0
        while True:
            batches = await consumer.getmany(timeout_ms=200, max_records=CHUNK)
            for partition, records in batches.items():
                async with self._busy:
                    if partition in consumer.assignment():
                        await self._partition(consumer, partition, records)
            self._wake_partitions(consumer)
            if time.monotonic() - measured > 5:
                measured = time.monotonic()
                await self._measure(consumer)

    async def _partition(
        self, consumer: AIOKafkaConsumer, partition: TopicPartition, records: list[Record]
    ) -> None:
        await reach("consumer.before_effect")
        try:
            done = await self._chunk(records)
        except Unavailable as error:
            wait = min(self._away.get(partition, 0.1) * 2, 5.0)
            self._away[partition] = wait
            logger.warning(
                "partition_paused", consumer=self.name, reason=error.detail, seconds=wait
            )
            self._pause(consumer, partition, records[0].offset, wait)
            return
        self._away.pop(partition, None)
        if done < len(records):
            failed = records[done]
            wait = RETRY_SECONDS[self._tries[partition, failed.offset] - 1]
            self._pause(consumer, partition, failed.offset, wait)
        if done:
            await reach("consumer.after_effect_before_offset")
            await self._commit(consumer, partition, records[done - 1].offset + 1)
            await reach("consumer.after_offset")

    def _pause(
        self, consumer: AIOKafkaConsumer, partition: TopicPartition, offset: int, wait: float
    ) -> None:
        consumer.pause(partition)
        consumer.seek(partition, offset)
        self._resume[partition] = (time.monotonic() + wait, offset)

    def _wake_partitions(self, consumer: AIOKafkaConsumer) -> None:
        for partition, (at, _) in list(self._resume.items()):
            if partition not in consumer.assignment():
                del self._resume[partition]
            elif time.monotonic() >= at:
                del self._resume[partition]
                consumer.resume(partition)

    async def _commit(
        self, consumer: AIOKafkaConsumer, partition: TopicPartition, offset: int
    ) -> None:
        try:
            await consumer.commit({partition: OffsetAndMetadata(offset, "")})
        except (CommitFailedError, IllegalStateError):
            # Rebalanced away: the inbox knows these events.
            logger.info("offset_not_committed", consumer=self.name)

    async def _chunk(self, records: list[Record]) -> int:
        """Handles records in order; returns how many are done. Raises `Unavailable`."""
        parsed = [(record, await self._parse(record)) for record in records]
        events = [event for _, event in parsed if event is not None]
        if not events:
            return len(records)
        if len(events) == 1 or _place(records[0]) in self._tries:  # a redo is no more than this
            return await self._one_by_one(parsed)
        try:
            await self._apply(events)
        except Unavailable:
            raise
        except Exception as error:
            logger.info(
                "chunk_redone", consumer=self.name, events=len(events), reason=type(error).__name__
            )
            return await self._one_by_one(parsed)
        return len(records)

    async def _one_by_one(self, parsed: list[tuple[Record, Event | None]]) -> int:
        for done, (record, event) in enumerate(parsed):
            place = _place(record)
            if event is None:
                continue
            try:
                await self._apply([event])
            except Unavailable:
                raise
            except Exception as error:
                self._tries[place] = self._tries.get(place, 0) + 1
                logger.exception(
                    "event_failed", consumer=self.name, type=event.type, tries=self._tries[place]
                )
                if self._tries[place] < TRIES:
                    return done
                await self._bury(record, event.type, f"{type(error).__name__}: {error}")
            self._tries.pop(place, None)
        return len(parsed)

    async def _apply(self, events: list[Event]) -> None:
        async def work(session: Any) -> None:
            new = await self._store.once(session, self.name, [event.event_id for event in events])
            for event in events:
                if event.event_id in new:
                    new.discard(event.event_id)  # the same event twice in one chunk is one event
                    with tracing.span(
                        f"consume {event.type}", event.traceparent, SpanKind.CONSUMER
                    ):
                        await self._handlers[type(event)](session, event)

        await self._store.run(work)
        for event in events:
            metrics.EVENTS.labels(self.name, event.type, "done").inc()

    async def _parse(self, record: Record) -> Event | None:
        """The event in a record; `None` if nobody here wants it. A malformed one goes to the dead
        letters at once.
        """
        if dict(record.headers).get(CONSUMER, self.name.encode()) != self.name.encode():
            return None  # sent again for another one (`libs/dead_letters.py`)
        try:
            event = Event.from_wire(record.value or b"")
        except ValidationError as error:
            await self._bury(record, "malformed", f"{error.error_count()} validation errors")
            return None
        return event if event is not None and type(event) in self._handlers else None

    async def _bury(self, record: Record, kind: str, reason: str) -> None:
        """Moves a record to the dead-letter topic. Raises `Unavailable` when the broker does not
        take it.
        """
        prefix = self._settings.kafka_topic_prefix
        topic = record.topic.removeprefix(prefix) + DEAD
        message = Message(
            topic,
            (record.key or b"").decode(errors="replace"),
            (record.value or b"").decode(errors="replace"),
            ((CONSUMER, self.name.encode()), ("reason", reason.encode()[:1_000])),
        )
        error: BaseException | None
        try:
            [error] = await self._producer.send_all([message])
        except (KafkaError, OSError) as failure:
            error = failure
        if error is not None:
            raise Unavailable("the dead-letter topic cannot be written") from error
        await reach("consumer.after_burial_before_offset")
        metrics.DEAD_LETTERS.labels(self.name, kind).inc()
        logger.error("event_buried", consumer=self.name, type=kind, topic=topic, reason=reason)

    async def _measure(self, consumer: AIOKafkaConsumer) -> None:
        """Sets the lag from what fetches have said. Asking the broker would stop the loop, and the
        process's end, for as long as it is away.
        """
        lag: dict[str, int] = dict.fromkeys(self._topics, 0)
        for partition in consumer.assignment():
            known = consumer.highwater(partition)
            with suppress(TimeoutError):  # no position: the partition is just being assigned
                async with asyncio.timeout(0.1):
                    waiting = (known or 0) - await consumer.position(partition)
                    lag[partition.topic] += max(0, waiting)
        for topic, events in lag.items():
            metrics.CONSUMER_LAG.labels(self.name, topic).set(events)


def _place(record: Record) -> tuple[TopicPartition, int]:
    return TopicPartition(record.topic, record.partition), record.offset


class _Listener(ConsumerRebalanceListener):  # type: ignore[misc]  # aiokafka ships no types
    """Lets the chunk in hand finish, offset included, before a partition goes to somebody else."""

    def __init__(self, owner: Consumer) -> None:
        self._owner = owner

    async def on_partitions_revoked(self, revoked: set[TopicPartition]) -> None:
        async with self._owner._busy:
            for partition in revoked:
                self._owner._resume.pop(partition, None)
                self._owner._away.pop(partition, None)

    async def on_partitions_assigned(self, assigned: set[TopicPartition]) -> None:
        logger.info("partitions_assigned", consumer=self._owner.name, count=len(assigned))
