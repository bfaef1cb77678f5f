"""What only a broker with a durable log can show: it may restart, and nobody publishes again."""

import asyncio
from statistics import quantiles

import pytest

from libs.consumer import Consumer
from tests.kafka.conftest import Report
from tests.kafka.load import KEYS, Writers, complete, consumer, found, wanted
from tests.libs.parts import TOPIC, Parts, at_work
from tests.outages.ground import Ground
from tests.stack import eventually

DEAD = f"{TOPIC}.dead"


async def ready(*members: Consumer) -> bool:
    return all(member.ready for member in members)


async def check(parts: Parts) -> int:
    """Waits for the last effect; checks that nothing is lost, doubled or out of order."""
    await eventually(lambda: complete(parts), seconds=60, every=0.2)
    effects = await found(parts)
    assert effects == await wanted(parts)
    assert await parts.topic(DEAD) == []
    return sum(map(len, effects.values()))


async def test_the_producer_is_idempotent(parts: Parts) -> None:
    """A relay that publishes a backlog does so under a producer id; the broker numbers batches."""
    async with at_work(parts.relay()):
        for key in KEYS:
            await parts.change(key)
        await eventually(lambda: sent(parts))
    assert parts.settings.kafka_idempotent
    inner = parts.producer._producer
    assert inner is not None
    assert inner._txn_manager.has_pid()
    assert len(await parts.events()) == len(KEYS)


async def sent(parts: Parts) -> bool:
    return await parts.waiting() == 0


@pytest.mark.parametrize("crash", [False, True], ids=["stopped", "killed"])
async def test_x_a1_the_broker_restarts_under_load(
    parts: Parts, ground: Ground, crash: bool, report: Report
) -> None:
    """No topic is made anew, no event published again, no process started anew."""
    writers, member = Writers(parts), consumer(parts)
    async with at_work(parts.relay(), member):
        await eventually(lambda: ready(member), seconds=30)
        writing = asyncio.create_task(writers.run())
        for _ in range(2):
            await asyncio.sleep(1.5)
            await (ground.kill if crash else ground.stop)("kafka")
            await asyncio.sleep(1.5)
            await ground.start("kafka")
        await asyncio.sleep(1)
        writers.stop()
        await writing
        report(f"events {await check(parts)}, lost 0, doubled 0")


async def test_two_members_share_the_load_and_one_leaves(parts: Parts, report: Report) -> None:
    writers, first, second = Writers(parts), consumer(parts), consumer(parts)
    async with at_work(parts.relay(), first):
        await eventually(lambda: ready(first), seconds=30)
        writing = asyncio.create_task(writers.run())
        for _ in range(3):
            async with at_work(second):
                await eventually(lambda: shared(first, second), seconds=30)
                await asyncio.sleep(1)
            await asyncio.sleep(0.5)
        writers.stop()
        await writing
        report(f"events {await check(parts)}, lost 0, doubled 0")


async def shared(*members: Consumer) -> bool:
    sizes = [len(one._consumer.assignment()) for one in members if one._consumer is not None]
    return sizes == [4, 4]


async def test_a_waiting_fetch_is_answered_at_once(parts: Parts, report: Report) -> None:
    """Fetches wait for up to 500 ms; an effect does not. Tansu's would."""
    assert parts.settings.kafka_fetch_max_wait_ms == 500
    member = consumer(parts)
    async with at_work(parts.relay(), member):
        await parts.change("warm")
        await eventually(lambda: complete(parts), seconds=30)
        for number in range(200):
            await parts.change(KEYS[number % len(KEYS)])
            await asyncio.sleep(0.02)
        await check(parts)
    rows = await parts.fetch(
        "SELECT extract(epoch FROM e.trace::timestamptz - o.created_at) * 1000 FROM effects e"
        " JOIN outbox o ON o.key = e.key"
        " AND (o.body::jsonb #>> '{data,revision}')::int = e.revision"
        " WHERE e.key <> 'warm'"
    )
    times = quantiles(sorted(float(row[0]) for row in rows), n=100)
    report(f"publish to effect: p50 {times[49]:.1f} ms, p99 {times[98]:.1f} ms")
    assert times[49] < 250  # half the wait: what a fetch that sleeps would take on average
