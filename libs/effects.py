"""What the records of a chunk do: parse, transaction, inbox, handlers, commit.

A chunk of a poll is one transaction; when a handler raises, the chunk is rolled back and redone
event by event.
"""

from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Protocol, TypeAlias
from uuid import UUID

from aiokafka import TopicPartition
from aiokafka.errors import KafkaError
from aiokafka.structs import ConsumerRecord
from opentelemetry.trace import SpanKind
from pydantic import ValidationError

from libs import log, metrics, tracing
from libs.crashpoint import reach
from libs.errors import Unavailable
from libs.events.base import Event
from libs.kafka import CONSUMER, DEAD, Message, Producer

TRIES = 5
RETRY_SECONDS = (0.5, 2.0, 8.0, 30.0)
"""Waits between the five tries of an event whose handler raises: all within a minute."""

logger = log.get(__name__)

Record: TypeAlias = "ConsumerRecord[bytes, bytes]"
Each = Callable[[Any, Any], Awaitable[None]]
"""A handler of one event."""


@dataclass(frozen=True, slots=True)
class Together:
    """A handler of many events at once, so that it needs few statements for all of them.

    It gets what comes in a row in a chunk and is for it, in order; what it publishes must carry
    each event's own `traceparent`. When it raises, the events of the chunk come again one by one.
    """

    handle: Callable[[Any, Sequence[Any]], Awaitable[None]]


Handler: TypeAlias = Each | Together


class Store(Protocol):
    """Where a consumer's effects go: PostgreSQL or MongoDB."""

    async def run(self, work: Callable[[Any], Coroutine[Any, Any, None]]) -> None:
        """Runs `work(session)` in one transaction."""

    async def once(self, session: Any, consumer: str, event_ids: Sequence[UUID]) -> set[UUID]:
        """Records event ids in the inbox; returns the new ones."""
        ...


class Effects:
    """A consumer's handlers over its store, once for each event.

    An error of a handler other than `Unavailable` gets five tries within a minute, then the event
    goes to the dead-letter topic with the reason.
    """

    def __init__(
        self,
        name: str,
        prefix: str,
        store: Store,
        handlers: Mapping[type[Event], Handler],
        producer: Producer,
    ) -> None:
        self._name = name
        self._prefix = prefix
        self._store = store
        self._handlers = dict(handlers)
        self._producer = producer
        self._tries: dict[tuple[TopicPartition, int], int] = {}

    def wait(self, failed: Record) -> float:
        """How many seconds to wait before a failed record is tried again."""
        return RETRY_SECONDS[self._tries[_place(failed)] - 1]

    async def apply(self, records: list[Record]) -> int:
        """Handles records in order; returns how many are done. Raises `Unavailable`."""
        parsed = [(record, await self._parse(record)) for record in records]
        events = [event for _, event in parsed if event is not None]
        if not events:
            return len(records)
        if len(events) == 1 or _place(records[0]) in self._tries:  # a redo is no more than this
            return await self._one_by_one(parsed)
        try:
            await self._commit(events)
        except Unavailable:
            raise
        except Exception as error:
            logger.info(
                "chunk_redone", consumer=self._name, events=len(events), reason=type(error).__name__
            )
            return await self._one_by_one(parsed)
        return len(records)

    async def _one_by_one(self, parsed: list[tuple[Record, Event | None]]) -> int:
        for done, (record, event) in enumerate(parsed):
            place = _place(record)
            if event is None:
                continue
            try:
                await self._commit([event])
            except Unavailable:
                raise
            except Exception as error:
                self._tries[place] = self._tries.get(place, 0) + 1
                logger.exception(
                    "event_failed", consumer=self._name, type=event.type, tries=self._tries[place]
                )
                if self._tries[place] < TRIES:
                    return done
                await self._bury(record, event.type, f"{type(error).__name__}: {error}")
            self._tries.pop(place, None)
        return len(parsed)

    async def _commit(self, events: list[Event]) -> None:
        async def work(session: Any) -> None:
            new = await self._store.once(session, self._name, [event.event_id for event in events])
            # The same event twice in one chunk is one event.
            fresh = {event.event_id: event for event in events if event.event_id in new}
            await handle_all(session, list(fresh.values()), self._handlers)

        await self._store.run(work)
        for event in events:
            metrics.EVENTS.labels(self._name, event.type, "done").inc()

    async def _parse(self, record: Record) -> Event | None:
        """The event in a record; `None` if nobody here wants it. A malformed one goes to the dead
        letters at once.
        """
        if dict(record.headers).get(CONSUMER, self._name.encode()) != self._name.encode():
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
        topic = record.topic.removeprefix(self._prefix) + DEAD
        message = Message(
            topic,
            (record.key or b"").decode(errors="replace"),
            (record.value or b"").decode(errors="replace"),
            ((CONSUMER, self._name.encode()), ("reason", reason.encode()[:1_000])),
        )
        error: BaseException | None
        try:
            [error] = await self._producer.send_all([message])
        except (KafkaError, OSError) as failure:
            error = failure
        if error is not None:
            raise Unavailable("the dead-letter topic cannot be written") from error
        await reach("consumer.after_burial_before_offset")
        metrics.DEAD_LETTERS.labels(self._name, kind).inc()
        logger.error("event_buried", consumer=self._name, type=kind, topic=topic, reason=reason)


async def handle_all(
    session: Any, events: Sequence[Event], handlers: Mapping[type[Event], Handler]
) -> None:
    """Hands events to their handlers, in their order and each in its trace."""
    for handler, run in groupby(events, lambda event: handlers[type(event)]):
        await _handle(handler, session, list(run))


async def _handle(handler: Handler, session: Any, events: Sequence[Event]) -> None:
    if isinstance(handler, Together):
        name = f"consume {events[0].type}"
        with tracing.span(name, events[0].traceparent, SpanKind.CONSUMER):
            await handler.handle(session, events)
        return
    for event in events:
        with tracing.span(f"consume {event.type}", event.traceparent, SpanKind.CONSUMER):
            await handler(session, event)


def _place(record: Record) -> tuple[TopicPartition, int]:
    return TopicPartition(record.topic, record.partition), record.offset
