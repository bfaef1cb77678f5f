"""Kafka: the producer of the relay, and topics."""

import asyncio
from collections.abc import Awaitable, Coroutine, Sequence
from dataclasses import dataclass
from typing import Any

from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import (
    KafkaError,
    KafkaTimeoutError,
    MessageSizeTooLargeError,
    TopicAlreadyExistsError,
)

from libs import broker_watch, log
from libs.errors import Unavailable
from libs.settings import KafkaSettings

PARTITIONS = 8
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


@dataclass(frozen=True, slots=True)
class Message:
    """One record to send: a topic without prefix, a key, a body and headers."""

    topic: str
    key: str
    body: str
    headers: tuple[tuple[str, bytes], ...] = ()


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
            await stop_client(_abandon(producer))

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


async def stop_client(closing: Coroutine[Any, Any, None]) -> None:
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
