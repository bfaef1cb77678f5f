"""Events: from a commit in one service to the committed effect in another, in time and in rate.

PostgreSQL keeps the time of every commit, so the effects are timed without anybody watching.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

import asyncpg
from motor.motor_asyncio import AsyncIOMotorClient

from libs.kafka import ensure_topics
from libs.settings import KafkaSettings
from tests.bench.load import percentile
from tests.bench.place import Place, dsn_of
from tests.bench.processes import Failed, Target, drive, variables
from tests.bench.results import Result, at_least, at_most

TOPIC = "user.events"
RATE = 500.0
BACKLOG = 8_000
MONGO_BACKLOG = 2_000
PATIENCE_SECONDS = 60.0
EFFECTS = """
SELECT account_id, pg_xact_commit_timestamp(xmin) AS at FROM people WHERE name = $1
"""
CAUSES = """
SELECT id, pg_xact_commit_timestamp(xmin) AS at FROM accounts WHERE username LIKE $1 || '-%'
"""


@dataclass
class Line:
    """A relay and a consumer between two databases."""

    name: str
    source: str
    sink: str
    targets: list[Target]

    async def send(self, label: str, count: int, rate: float = 0.0) -> float:
        """Commits events; returns when the first commit was done."""
        plan = {"dsn": self.source, "label": label, "count": count, "rate": rate}
        return float((await drive("tests.bench.events", plan))["began"])

    async def effects(self, label: str, count: int) -> dict[Any, float]:
        """When each effect was committed, by account; waits until all are there."""
        sink = await asyncpg.connect(self.sink)
        try:
            for _ in range(int(PATIENCE_SECONDS / 0.1)):
                seen = await sink.fetchval("SELECT count(*) FROM people WHERE name = $1", label)
                if seen == count:
                    rows = await sink.fetch(EFFECTS, label)
                    return {row["account_id"]: row["at"].timestamp() for row in rows}
                await asyncio.sleep(0.1)
        finally:
            await sink.close()
        raise Failed(f"{self.name}: {seen} of {count} events after {PATIENCE_SECONDS:.0f} s")

    async def causes(self, label: str) -> dict[Any, float]:
        """When each account was committed."""
        source = await asyncpg.connect(self.source)
        rows = await source.fetch(CAUSES, label)
        await source.close()
        return {row["id"]: row["at"].timestamp() for row in rows}


async def _ours(place: Place) -> Line:
    users, sessions = await place.user_settings(), await place.session_settings()
    prefix = {"kafka_topic_prefix": users.kafka_topic_prefix}
    sessions = sessions.model_copy(update=prefix)
    await ensure_topics(users, [TOPIC, "payment.events"])
    relay = await place.processes.background(
        "user_background", "user_service.background", variables(users), "USER"
    )
    consumer = await place.processes.background(
        "session_background", "session_service.background", variables(sessions), "SESSION"
    )
    return Line("ours", dsn_of(users), dsn_of(sessions), [relay, consumer])


async def _bare(place: Place) -> Line:
    users, sessions = await place.user_settings(), await place.session_settings()
    await ensure_topics(users, [TOPIC])
    environment = {
        "BENCH_DSN": dsn_of(users),
        "BENCH_URL": sessions.database_url.get_secret_value(),
        **_broker(users),
    }
    relay, consumer = [
        await place.processes.background(
            f"bare_{work}", f"tests.bench.ceilings.events {work}", environment, "BENCH"
        )
        for work in ("relay", "consumer")
    ]
    return Line("bare", dsn_of(users), dsn_of(sessions), [relay, consumer])


def _broker(settings: KafkaSettings) -> Mapping[str, str]:
    return {
        "BENCH_KAFKA": settings.kafka_bootstrap,
        "BENCH_TOPIC": settings.kafka_topic_prefix + TOPIC,
    }


async def _latencies(line: Line, label: str, seconds: float) -> list[float]:
    count = int(RATE * seconds)
    await line.send(label, count, RATE)
    effects, causes = await line.effects(label, count), await line.causes(label)
    skipped = list(causes)[: count // 10]  # the first ones meet cold caches
    return [effects[one] - at for one, at in causes.items() if one not in skipped]


async def _drain(line: Line, label: str, count: int) -> float:
    began = await line.send(label, count)
    effects = await line.effects(label, count)
    return count / (max(effects.values()) - began)


async def events(place: Place) -> list[Result]:
    """Delay at 500 events a second, and the rate at which a backlog drains."""
    lines = [await _ours(place), await _bare(place)]
    delays: dict[str, list[list[float]]] = {line.name: [] for line in lines}
    rates: dict[str, list[float]] = {line.name: [] for line in lines}
    for line in lines:
        await line.send(f"warm {line.name}", 200)
        await line.effects(f"warm {line.name}", 200)
    for number in range(place.rounds):
        for line in lines:
            label = f"{line.name} {number}"
            delays[line.name].append(await _latencies(line, f"paced {label}", place.seconds))
            rates[line.name].append(await _drain(line, f"drained {label}", BACKLOG))
    for line in lines:
        place.processes.stop(*line.targets)
    work = "event at 500/s from commit to committed effect"
    return [
        Result(
            "events", f"{work}, {name}", "ms",
            [percentile(one, part) for one in delays["ours"]],
            [percentile(one, part) for one in delays["bare"]],
            at_most(limit, times_bare=False),
        )
        for name, part, limit in (("p50", 0.5, 10), ("p99", 0.99, 30))
    ] + [
        Result(
            "events", f"relay and consumer: a backlog of {BACKLOG:,} events", "events per s",
            rates["ours"], rates["bare"], at_least(0.8),
        )
    ]  # fmt: skip


async def mongo_events(place: Place) -> list[Result]:
    """A consumer on MongoDB (message_service's people) against a bare one with `insert_many`."""
    users, messages = await place.user_settings(), await place.message_settings()
    messages = messages.model_copy(update={"kafka_topic_prefix": users.kafka_topic_prefix})
    bare = await place.message_settings()
    await ensure_topics(users, [TOPIC, "session.events", "notification.events", "message.events"])
    source = dsn_of(users)
    targets = [
        await place.processes.background("mongo_relay", "user_service.background",
                                         variables(users), "USER"),
        await place.processes.background("mongo_ours", "message_service.background",
                                         variables(messages), "MESSAGE"),
        await place.processes.background(
            "mongo_bare", "tests.bench.ceilings.events mongo",
            {
                **_broker(users),
                "BENCH_MONGO_URL": place.servers.mongo_url,
                "BENCH_MONGO_DATABASE": bare.mongo_database,
            },
            "BENCH",
        ),
    ]  # fmt: skip
    ours_rate, bare_rate = [], []
    for number in range(place.rounds):
        line = Line("relay", source, "", [])
        began = await line.send(f"mongo {number}", MONGO_BACKLOG)
        ends = await asyncio.gather(
            *(
                _until_counted(place, name, MONGO_BACKLOG * (number + 1))
                for name in (messages.mongo_database, bare.mongo_database)
            )
        )
        ours_rate.append(MONGO_BACKLOG / (ends[0] - began))
        bare_rate.append(MONGO_BACKLOG / (ends[1] - began))
    place.processes.stop(*targets)
    return [
        Result(
            "mongo_events", "consumer on MongoDB, against a bare `insert_many`", "events per s",
            ours_rate, bare_rate, at_least(0.8), "both read the same backlog at the same time",
        )
    ]  # fmt: skip


async def _until_counted(place: Place, database: str, count: int) -> float:
    """The time at which a database has so many people, in Unix seconds."""
    client: AsyncIOMotorClient[dict[str, Any]] = AsyncIOMotorClient(place.servers.mongo_url)
    for _ in range(int(PATIENCE_SECONDS / 0.05)):
        if await client[database]["people"].estimated_document_count() >= count:
            client.close()
            return time.time()
        await asyncio.sleep(0.05)
    raise Failed(f"not {count} people in {PATIENCE_SECONDS:.0f} s")


ROWS: dict[str, Callable[[Place], Awaitable[list[Result]]]] = {
    "events": events,
    "mongo_events": mongo_events,
}
