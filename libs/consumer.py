"""Kafka: the loop of every consumer.

At-least-once delivery, once-only effect: parse, transaction, inbox, handlers, commit, and only then
the offset. What happens to the records of a chunk is in `libs.effects`.
"""

import asyncio
import time
from collections.abc import Mapping
from contextlib import suppress

from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, TopicPartition
from aiokafka.errors import CommitFailedError, IllegalStateError, KafkaError
from aiokafka.structs import OffsetAndMetadata

from libs import broker_watch, log, metrics
from libs.crashpoint import reach
from libs.effects import Effects, Handler, Record, Store
from libs.errors import Unavailable
from libs.events.base import Event
from libs.kafka import Producer, stop_client
from libs.settings import KafkaSettings

CHUNK = 200

logger = log.get(__name__)


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
        self._effects = Effects(name, settings.kafka_topic_prefix, store, handlers, producer)
        self._topics = sorted({settings.kafka_topic_prefix + event.topic for event in handlers})
        self._busy = asyncio.Lock()
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
            await stop_client(consumer.stop())

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
            done = await self._effects.apply(records)
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
            self._pause(consumer, partition, failed.offset, self._effects.wait(failed))
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
