"""The loop of a consumer over a real broker and a real database: once-only effect, dead letters,
pauses, rebalance.
"""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

import pytest
from prometheus_client import REGISTRY
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from deploy.local.servers import Servers
from libs import effects, kafka, tracing
from libs.consumer import Consumer
from libs.errors import Unavailable
from libs.inbox import PostgresStore
from libs.kafka import Message, ensure_topics
from tests.libs.parts import TOPIC, Changed, Parts, Unwanted, at_work, end
from tests.stack import eventually

React = Callable[[AsyncSession, Changed], Awaitable[None]]


async def keep(session: AsyncSession, event: Changed) -> None:
    """The effect: a row."""
    await session.execute(
        text("INSERT INTO effects (key, revision, trace) VALUES (:key, :revision, :trace)"),
        {"key": event.name, "revision": event.revision, "trace": tracing.current_trace_id()},
    )


def consumer(parts: Parts, react: React = keep, store: Any = None) -> Consumer:
    """A consumer of the test's group."""
    stores = store or PostgresStore(parts.database)
    return Consumer("tests", parts.settings, stores, {Changed: react}, parts.producer)


async def has(parts: Parts, count: int) -> bool:
    return len(await parts.effects()) >= count


async def offsets(made: Consumer) -> int:
    """How many records the group has committed, over all partitions."""
    inner = made._consumer
    assert inner is not None
    done = [await inner.committed(partition) or 0 for partition in inner.assignment()]
    return sum(done)


async def committed(made: Consumer, count: int) -> bool:
    return made.ready and await offsets(made) == count


def by_key(effects: list[tuple[str, int]]) -> dict[str, list[int]]:
    found: dict[str, list[int]] = defaultdict(list)
    for key, revision in effects:
        found[key].append(revision)
    return found


async def test_an_event_delivered_five_times_has_one_effect(parts: Parts) -> None:
    event = Changed(name="a", revision=1)
    made = consumer(parts)
    async with at_work(made):
        await parts.send(event, event, event)  # in one chunk, too
        await eventually(lambda: has(parts, 1), seconds=30)
        await parts.send(event)
        await parts.send(event, Changed(name="a", revision=2), Unwanted(name="a", revision=3))
        await eventually(lambda: has(parts, 2), seconds=30)
        await eventually(lambda: committed(made, 7), seconds=30)
    assert await parts.effects() == [("a", 1), ("a", 2)]


async def test_a_raising_handler_ends_in_the_dead_letters_and_others_go_on(
    parts: Parts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(effects, "RETRY_SECONDS", (0.05, 0.05, 0.05, 0.05))
    tries: list[int] = []

    async def react(session: AsyncSession, event: Changed) -> None:
        await keep(session, event)  # must be rolled back with the failure
        if event.name == "poison":
            tries.append(event.revision)
            raise RuntimeError("no")

    bad = Changed(name="poison", revision=1)
    same = [Changed(name=bad.name, revision=2)]  # behind it on the same partition
    await parts.send(Changed(name="a", revision=1), Changed(name="poison", revision=1))
    await parts.send(*same)
    made = consumer(parts, react)
    async with at_work(made):
        await eventually(lambda: committed(made, 3), seconds=30)
        await parts.send(Changed(name="a", revision=2))
        await eventually(lambda: has(parts, 2), seconds=30)
    assert await parts.effects() == [("a", 1), ("a", 2)]
    dead = await parts.topic(f"{TOPIC}.dead")
    found = [Changed.from_wire(record.value or b"") for record in dead]
    assert [event.revision for event in found if event] == [1, 2]
    assert [record.key for record in dead] == [b"poison", b"poison"]
    assert [dict(record.headers) for record in dead] == [
        {"consumer": b"tests", "reason": b"RuntimeError: no"}
    ] * 2
    # The first one has also failed the whole chunk; then each gets five tries by itself.
    assert sorted(tries) == [1] * 6 + [2] * 5
    assert REGISTRY.get_sample_value(
        "dead_letters_total", {"consumer": "tests", "type": Changed.type}
    )


async def test_one_poisoned_event_in_a_chunk_does_not_stop_the_others(
    parts: Parts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(effects, "RETRY_SECONDS", (0.05, 0.05, 0.05, 0.05))

    async def react(session: AsyncSession, event: Changed) -> None:
        if event.revision == 3:
            raise RuntimeError("no")
        await keep(session, event)

    await parts.send(*(Changed(name="a", revision=number) for number in range(1, 6)))
    made = consumer(parts, react)
    async with at_work(made):
        await eventually(lambda: committed(made, 5), seconds=30)
    assert await parts.effects() == [("a", 1), ("a", 2), ("a", 4), ("a", 5)]
    assert len(await parts.topic(f"{TOPIC}.dead")) == 1


async def test_a_handler_that_recovers_keeps_the_order(
    parts: Parts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(effects, "RETRY_SECONDS", (0.05, 0.05, 0.05, 0.05))
    failures = [4]

    async def react(session: AsyncSession, event: Changed) -> None:
        if event.revision == 2 and failures[0]:
            failures[0] -= 1
            raise RuntimeError("not yet")
        await keep(session, event)

    await parts.send(*(Changed(name="a", revision=number) for number in range(1, 5)))
    made = consumer(parts, react)
    async with at_work(made):
        await eventually(lambda: committed(made, 4), seconds=30)
    assert await parts.effects() == [("a", 1), ("a", 2), ("a", 3), ("a", 4)]
    assert await parts.topic(f"{TOPIC}.dead") == []


async def test_malformed_records_are_buried_and_unknown_types_skipped(parts: Parts) -> None:
    bodies = ["not json", '{"specversion": "1.0"}', Changed(name="a", revision=1).to_wire(
        parts.database.clock.now()).replace("studyzed.test.changed", "studyzed.test.later"),
        Changed(name="a", revision=2).to_wire(parts.database.clock.now()).replace(
            '"revision":2', '"revision":"two"')]  # fmt: skip
    await parts.producer.send_all([Message(TOPIC, "a", body) for body in bodies])
    await parts.send(Changed(name="a", revision=3))
    made = consumer(parts)
    async with at_work(made):
        await eventually(lambda: committed(made, 5), seconds=30)
    assert await parts.effects() == [("a", 3)]
    dead = await parts.topic(f"{TOPIC}.dead")
    assert [record.value.decode() for record in dead if record.value] == [
        bodies[0],
        bodies[1],
        bodies[3],
    ]
    assert {dict(record.headers)["consumer"] for record in dead} == {b"tests"}
    assert all(b"validation errors" in dict(record.headers)["reason"] for record in dead)


class Moody(PostgresStore):
    """A store that is away while `away` is set, and that can stop after its commit."""

    away = False
    hold: "asyncio.Event | None" = None
    committed_once = False

    async def run(self, work: Callable[[Any], Coroutine[Any, Any, None]]) -> None:
        """Runs work, if it is there."""
        if self.away:
            raise Unavailable
        await super().run(work)
        self.committed_once = True
        if self.hold is not None:
            await self.hold.wait()


async def test_unavailable_pauses_for_as_long_as_it_takes(
    parts: Parts, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = Moody(parts.database)
    made = consumer(parts, store=store)
    async with at_work(made):
        await parts.send(Changed(name="a", revision=1))
        await eventually(lambda: has(parts, 1), seconds=30)
        store.away = True
        await parts.send(Changed(name="a", revision=2), Changed(name="b", revision=1))
        await asyncio.sleep(1.5)  # more tries than a failing handler would get
        assert len(await parts.effects()) == 1
        assert made.ready
        store.away = False
        await eventually(lambda: committed(made, 3), seconds=30)
    assert by_key(await parts.effects()) == {"a": [1, 2], "b": [1]}
    assert await parts.topic(f"{TOPIC}.dead") == []


async def test_the_offset_follows_the_effect(parts: Parts) -> None:
    store = Moody(parts.database)
    store.hold = asyncio.Event()
    made = consumer(parts, store=store)
    await parts.send(Changed(name="a", revision=1), Changed(name="a", revision=2))
    task = asyncio.create_task(made.run())
    await eventually(lambda: has(parts, 2), seconds=30)
    await end(task)  # between effect and offset
    received: list[int] = []

    async def react(session: AsyncSession, event: Changed) -> None:
        received.append(event.revision)

    again = consumer(parts, react)
    await parts.send(Changed(name="a", revision=3))
    async with at_work(again):
        await eventually(lambda: committed(again, 3), seconds=30)
        assert received == [3]
    assert await parts.effects() == [("a", 1), ("a", 2)]


async def test_a_second_consumer_joins_and_leaves_under_load(parts: Parts) -> None:
    sent: dict[str, int] = defaultdict(int)

    async def load(seconds: float) -> None:
        until = asyncio.get_running_loop().time() + seconds
        while asyncio.get_running_loop().time() < until:
            events = []
            for key in map(str, range(16)):
                sent[key] += 1
                events.append(Changed(name=key, revision=sent[key]))
            await parts.send(*events)
            await asyncio.sleep(0.05)

    first, second = consumer(parts), consumer(parts)
    async with at_work(first):
        loading = asyncio.create_task(load(3))
        await eventually(lambda: has(parts, 1), seconds=30)
        async with at_work(second):
            await eventually(lambda: shared(first, second), seconds=30)
            await loading
        await load(0.3)
        await eventually(lambda: has(parts, sum(sent.values())), seconds=20)
    wanted = {key: list(range(1, count + 1)) for key, count in sent.items()}
    assert by_key(await parts.effects()) == wanted


async def shared(first: Consumer, second: Consumer) -> bool:
    sizes = [len(c._consumer.assignment()) for c in (first, second) if c._consumer is not None]
    return sizes == [4, 4]


async def test_partitions_revoked_while_paused_go_on_elsewhere(parts: Parts) -> None:
    store = Moody(parts.database)
    store.away = True
    first, second = consumer(parts, store=store), consumer(parts)
    await parts.send(*(Changed(name=str(key), revision=1) for key in range(16)))
    async with at_work(first):
        await eventually(lambda: paused(first), seconds=30)
        async with at_work(second):
            await eventually(lambda: shared(first, second), seconds=30)
            await eventually(lambda: has(parts, 1))  # what the second one took over
            store.away = False
            await eventually(lambda: has(parts, 16), seconds=30)
    assert sorted(await parts.effects()) == sorted((str(key), 1) for key in range(16))


async def paused(made: Consumer) -> bool:
    return bool(made._resume)


async def test_a_broker_that_lost_its_memory_is_read_from_the_beginning(
    parts: Parts, servers: Servers
) -> None:
    made = consumer(parts)
    async with at_work(made):
        await parts.send(*(Changed(name="a", revision=number) for number in range(1, 4)))
        await eventually(lambda: committed(made, 3), seconds=30)
        servers.kill("kafka")
        servers.start("kafka")  # not in a thread: the server would end with it
        await ensure_topics(parts.settings, [TOPIC])
        await parts.producer.stop()
        events = [Changed(name="a", revision=number) for number in range(4, 12)]
        await parts.send(*events)
        await eventually(lambda: has(parts, 11), seconds=20)
    assert await parts.effects() == [("a", number) for number in range(1, 12)]


async def test_a_consumer_waits_for_topics_that_come_later(parts: Parts) -> None:
    settings = parts.settings.model_copy(
        update={"kafka_topic_prefix": parts.settings.kafka_topic_prefix + "late."}
    )
    late = Parts(settings, parts.database, kafka.Producer(settings))
    made = consumer(late)
    async with at_work(made):
        await asyncio.sleep(1.5)
        await ensure_topics(settings, [TOPIC])
        await late.send(Changed(name="a", revision=1))
        await eventually(lambda: has(late, 1), seconds=12)
    await late.producer.stop()


async def test_a_fault_of_the_loop_itself_is_survived(
    parts: Parts, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = consumer(parts)
    real, faults = made._partition, [RuntimeError("a fault of ours")]

    async def faulty(*arguments: Any) -> None:
        if faults:
            raise faults.pop()
        await real(*arguments)

    monkeypatch.setattr(made, "_partition", faulty)
    await parts.send(Changed(name="a", revision=1))
    async with at_work(made):
        await eventually(lambda: has(parts, 1), seconds=30)
    assert faults == []


async def test_the_lag_is_measured(parts: Parts) -> None:
    store = Moody(parts.database)
    store.away = True
    made = consumer(parts, store=store)
    topic = parts.settings.kafka_topic_prefix + TOPIC

    def lag() -> float | None:
        return REGISTRY.get_sample_value("consumer_lag", {"consumer": "tests", "topic": topic})

    await parts.send(*(Changed(name=str(key), revision=1) for key in range(5)))
    async with at_work(made):
        await eventually(lambda: paused(made), seconds=30)
        inner = made._consumer
        assert inner is not None
        await made._measure(inner)
        assert lag() == 5
        store.away = False
        await eventually(lambda: committed(made, 5), seconds=30)
        await made._measure(inner)
        assert lag() == 0


async def test_the_trace_goes_from_the_request_to_the_handler(parts: Parts) -> None:
    made = consumer(parts)
    async with at_work(made, parts.relay()):
        with tracing.span("request") as trace:
            await parts.change("a")
        await eventually(lambda: has(parts, 1), seconds=30)
    assert await parts.fetch("SELECT trace FROM effects") == [(trace,)]
