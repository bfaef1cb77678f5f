"""The relay between a real database and a real broker: order, loss, repetition, take-over."""

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from aiokafka.errors import KafkaError

from deploy.local.servers import Servers
from libs import kafka, outbox, relay
from libs.kafka import Message, Producer, ensure_topics
from libs.outbox import PostgresOutbox
from libs.relay import Relay
from tests.libs.parts import TOPIC, Changed, Jobs, Parts, Work, at_work, end
from tests.stack import eventually

NOW = datetime(2026, 11, 22, tzinfo=UTC)
KEYS = [f"key {number}" for number in range(12)]


def first_seen(events: Iterable[Changed]) -> dict[str, list[int]]:
    """The revisions of each key in the order in which they came, repetitions by id left out."""
    seen: set[UUID] = set()
    found: dict[str, list[int]] = defaultdict(list)
    for event in events:
        if event.event_id not in seen:
            seen.add(event.event_id)
            found[event.name].append(event.revision)
    return found


async def write(parts: Parts, writers: int, each: int) -> dict[str, list[int]]:
    """Changes aggregates from many writers at once; returns what must come out."""

    async def one(number: int) -> None:
        for turn in range(each):
            await parts.change(KEYS[(number * 7 + turn * 5) % len(KEYS)], pause=0.001)

    await asyncio.gather(*(one(number) for number in range(writers)))
    rows = await parts.fetch("SELECT key, version FROM aggregates")
    return {key: list(range(1, version + 1)) for key, version in rows}


async def drained(parts: Parts) -> bool:
    return await parts.waiting() == 0


async def test_a_commit_wakes_the_relay(parts: Parts, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(relay, "POLL_SECONDS", 60.0)
    made = parts.relay()
    async with at_work(made):
        await parts.change("warm")
        await eventually(lambda: drained(parts))
        for _ in range(3):  # a second change finds the relay asleep
            await asyncio.sleep(0.1)
            await parts.change("a")
            await eventually(lambda: drained(parts), seconds=1, every=0.01)
    assert first_seen(await parts.events()) == {"warm": [1], "a": [1, 2, 3]}


async def test_order_per_key_holds_with_many_writers(parts: Parts) -> None:
    async with at_work(parts.relay()):
        wanted = await write(parts, writers=8, each=25)
        await eventually(lambda: drained(parts))
    events = await parts.events()
    assert first_seen(events) == wanted
    assert len(events) == 200


class Held(Producer):
    """Holds the relay between the broker's word and the mark."""

    def __init__(self, settings: Any) -> None:
        super().__init__(settings)
        self.sent = asyncio.Event()
        self.go = asyncio.Event()

    async def send_all(self, messages: Sequence[Message]) -> list[BaseException | None]:
        """Sends, then waits."""
        answers = await super().send_all(messages)
        self.sent.set()
        await self.go.wait()
        return answers


async def test_a_relay_cancelled_before_the_mark_loses_nothing(parts: Parts) -> None:
    held = Held(parts.settings)
    for _ in range(3):
        await parts.change("a")
    task = asyncio.create_task(Relay(PostgresOutbox(parts.database.url), held).run())
    await asyncio.wait_for(held.sent.wait(), 10)
    await end(task)
    await held.stop()
    assert await parts.waiting() == 3
    await parts.change("a")
    async with at_work(parts.relay()):
        await eventually(lambda: drained(parts))
    events = await parts.events()
    assert [event.revision for event in events] == [1, 2, 3, 1, 2, 3, 4]
    assert first_seen(events) == {"a": [1, 2, 3, 4]}


async def test_a_relay_that_lost_its_connection_marks_nothing_and_begins_again(
    parts: Parts,
) -> None:
    held = Held(parts.settings)
    box = PostgresOutbox(parts.database.url)
    await parts.change("a")
    async with at_work(Relay(box, held)):
        await asyncio.wait_for(held.sent.wait(), 10)
        pid = box.connection.get_server_pid()
        await parts.fetch("SELECT pg_terminate_backend(:pid)", pid=pid)
        held.go.set()
        await eventually(lambda: drained(parts))
        await parts.change("a")
        await eventually(lambda: drained(parts))
    await held.stop()
    events = await parts.events()
    assert [event.revision for event in events] == [1, 1, 2]
    assert first_seen(events) == {"a": [1, 2]}


class Recorded(Producer):
    """Knows which keys are on their way."""

    def __init__(self, settings: Any, busy: set[str], clashes: list[str]) -> None:
        super().__init__(settings)
        self.busy = busy
        self.clashes = clashes
        self.count = 0

    async def send_all(self, messages: Sequence[Message]) -> list[BaseException | None]:
        """Sends slowly; a key that another relay has in hand is a clash."""
        keys = {message.key for message in messages}
        self.clashes += keys & self.busy
        self.busy |= keys
        self.count += len(messages)
        try:
            await asyncio.sleep(0.02)
            return await super().send_all(messages)
        finally:
            self.busy -= keys


async def test_two_relays_share_the_shards_and_the_other_takes_over(parts: Parts) -> None:
    busy: set[str] = set()
    clashes: list[str] = []
    producers = [Recorded(parts.settings, busy, clashes) for _ in range(2)]
    relays = [Relay(PostgresOutbox(parts.database.url), each) for each in producers]
    async with at_work(*relays) as tasks:
        await write(parts, writers=6, each=8)
        await end(tasks[0])
        await write(parts, writers=6, each=8)
        await eventually(lambda: drained(parts))
        await end(tasks[1])
    for each in producers:
        await each.stop()
    rows = await parts.fetch("SELECT key, version FROM aggregates")
    assert clashes == []
    assert producers[1].count > 0
    assert first_seen(await parts.events()) == {k: list(range(1, v + 1)) for k, v in rows}


async def test_a_relay_takes_shards_that_the_other_gives_up(
    parts: Parts, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = PostgresOutbox(parts.database.url)
    await other.open(lambda: None)
    shard = outbox.shard_of("a")
    await other.connection.execute("SELECT pg_advisory_lock($1, $2)", other.LOCK_CLASS, shard)
    free = next(key for key in KEYS if outbox.shard_of(key) != shard)
    async with at_work(parts.relay()):
        await parts.change("a")
        await parts.change(free)
        await eventually(lambda: left(parts, 1))
        assert await parts.fetch("SELECT key FROM outbox WHERE sent_at IS NULL") == [("a",)]
        await other.close()
        await eventually(lambda: drained(parts), seconds=2.5)


async def left(parts: Parts, count: int) -> bool:
    return await parts.waiting() == count


async def test_letters_wait_for_the_broker_and_drain_in_order(
    parts: Parts, servers: Servers, monkeypatch: pytest.MonkeyPatch
) -> None:
    """X-A1: work goes on while the broker is away; nothing is lost, nothing overtakes."""
    monkeypatch.setattr(kafka, "REQUEST_TIMEOUT_MS", 1_500)
    jobs = Jobs()
    async with at_work(parts.relay(jobs.send)):
        await parts.change("a")
        await eventually(lambda: drained(parts))
        servers.kill("kafka")
        try:
            for _ in range(3):
                await parts.change("a")
            job = await parts.database.run(lambda s: outbox.enqueue(s, Work()))
            await eventually(lambda: sent(jobs))
            assert jobs.ids == [job]  # the jobs' broker does not wait for the events'
            await eventually(lambda: left(parts, 3))  # the job's row is marked after it was sent
        finally:
            servers.start("kafka")  # not in a thread: the server would end with it
        await ensure_topics(parts.settings, [TOPIC])
        await parts.change("a")
        await eventually(lambda: drained(parts), seconds=25)
    kept = [1] if servers.broker_keeps_log else []
    assert first_seen(await parts.events()) == {"a": [*kept, 2, 3, 4, 5]}


async def sent(jobs: Jobs) -> bool:
    return bool(jobs.ids)


async def test_events_leave_while_the_jobs_broker_is_away(parts: Parts) -> None:
    jobs = Jobs()
    jobs.away = True
    job = await parts.database.run(lambda s: outbox.enqueue(s, Work()))
    async with at_work(parts.relay(jobs.send)):
        await parts.change("a")
        await eventually(lambda: left(parts, 1))
        jobs.away = False
        await eventually(lambda: drained(parts))
    assert jobs.ids == [job]
    assert first_seen(await parts.events()) == {"a": [1]}


async def test_replay_on_start_publishes_again(parts: Parts) -> None:
    jobs = Jobs()
    await parts.change("a")
    await parts.database.run(lambda s: outbox.enqueue(s, Work()))
    async with at_work(parts.relay(jobs.send)):
        await eventually(lambda: drained(parts))
    async with at_work(parts.relay(jobs.send, replay_hours=1)):
        await eventually(lambda: repeated(parts, 2))
        await eventually(lambda: drained(parts))
    assert len(jobs.ids) == 1


async def repeated(parts: Parts, times: int) -> bool:
    return len(await parts.events()) == times


async def test_a_refused_event_holds_up_its_own_key_only(parts: Parts) -> None:
    class Refusing(Producer):
        """Refuses the first event of one key once."""

        def __init__(self, settings: Any) -> None:
            super().__init__(settings)
            self.refused = False

        async def send_all(self, messages: Sequence[Message]) -> list[BaseException | None]:
            answers: list[BaseException | None] = [None] * len(messages)
            if not self.refused:
                self.refused = True
                place = next(n for n, m in enumerate(messages) if m.key == "a")
                answers[place] = KafkaError("refused")
            taken = [m for m, answer in zip(messages, answers, strict=True) if answer is None]
            await super().send_all(taken)
            return answers

    for key in ("a", "b", "a", "b"):
        await parts.change(key)
    producer = Refusing(parts.settings)
    made = Relay(box := PostgresOutbox(parts.database.url), producer)
    await box.open(lambda: None)
    await box.acquire()
    with pytest.raises(KafkaError, match="refused"):
        await made.send_batch()
    rows = await parts.fetch("SELECT key FROM outbox WHERE sent_at IS NULL")
    assert rows == [("a",), ("a",)]
    assert await made.send_batch() == 2
    await box.close()
    await producer.stop()


async def test_a_dead_producer_is_replaced(parts: Parts) -> None:
    await parts.send(Changed(name="a", revision=1))
    made = parts.producer._producer
    assert made is not None
    made._message_accumulator.fail_all(KafkaError("the sender has died"))
    answers = await parts.producer.send_all([message("a", 2), message("b", 1)])
    assert [type(answer) for answer in answers] == [KafkaError, KafkaError]
    await parts.send(Changed(name="a", revision=3))
    assert [event.revision for event in await parts.events()] == [1, 3]


async def test_an_oversized_message_is_refused_alone(parts: Parts) -> None:
    big = replace(message("a", 1), body="x" * 9_000_000)
    answers = await parts.producer.send_all([message("a", 1), big, message("b", 1)])
    assert [type(answer).__name__ for answer in answers] == [
        "NoneType",
        "MessageSizeTooLargeError",
        "NoneType",
    ]
    assert len(await parts.events()) == 2


def message(name: str, revision: int) -> kafka.Message:
    event = Changed(name=name, revision=revision)
    return Message(TOPIC, name, event.to_wire(NOW))
