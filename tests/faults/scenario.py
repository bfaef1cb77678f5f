"""One story of a subject: killed once where it was armed, started again, and held to the model."""

import asyncio
import itertools
import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import asyncpg
from aiokafka import AIOKafkaConsumer, TopicPartition
from pydantic import SecretStr
from redis.asyncio import Redis

from deploy.local.definitions import LAUNCHER
from deploy.local.places import ROOT
from libs.events.base import Event
from libs.kafka import ensure_topics
from tests.faults.model import Change, Verdict, compare
from tests.faults.stores import Documents, Rows
from tests.faults.subject import GROUP, TABLES, DocumentSettings
from tests.libs.parts import TOPIC, Changed, records
from tests.libs.parts import Settings as TableSettings
from tests.stack import Stack

DEATH_SECONDS, END_SECONDS, TERM_SECONDS = 90.0, 90.0, 10.0
LONG, SHORT = 400, 6
"""Rounds of each client: until the kill comes, and after the restart."""
DATABASES = itertools.cycle(range(1, 16))
"""Celery's queue has one name; so each scenario gets a Redis database of its own."""


class NotReached(AssertionError):
    """Nobody came to the armed point, or the restarted subject did not get done."""


@dataclass(frozen=True)
class Plan:
    """Which processes run, which one is armed how, and from which tree of sources.

    `before` runs unarmed until its writer is done, and ends; then come `processes`.
    """

    processes: Sequence[tuple[str, ...]]
    arming: dict[str, str]
    store: str = "tables"
    before: tuple[str, ...] = ()
    tree: Path = ROOT
    replay: bool = False

    @property
    def works(self) -> bool:
        """Whether jobs are run, and not only sent."""
        return ("worker",) in self.processes


@dataclass
class Outcome:
    """What became of a scenario: how many died by SIGKILL, and the model's word."""

    kills: int
    verdict: Verdict


@dataclass
class Scenario:
    """A plan with stores of its own."""

    plan: Plan
    settings: Any
    folder: Path
    rows: Rows | Documents

    async def play(self) -> Outcome:
        """Kill, restart, settle, compare. Raises `NotReached`."""
        plan = self.plan
        if plan.before:
            async with self._lives([plan.before], SHORT, {}):
                await self._until(self._written, "the writer before it")
        replay = {"outbox_replay_hours": 1} if plan.replay else {}
        async with self._lives(plan.processes, LONG, plan.arming, **replay) as first:
            kills = await self._deaths(first)
        rounds = 0 if plan.before else SHORT
        self.acks.open("a").write("restarted\n")
        async with self._lives(plan.processes, rounds, {}):
            await self._until(self._settled, "the restarted subject")
        return Outcome(kills, await self._compare())

    @property
    def acks(self) -> Path:
        """Where the writers note what was acknowledged to them."""
        return self.folder / "acks"

    @asynccontextmanager
    async def _lives(
        self,
        processes: Sequence[tuple[str, ...]],
        rounds: int,
        arming: dict[str, str],
        **more: Any,
    ) -> AsyncIterator[list[asyncio.subprocess.Process]]:
        started = [await self._start(parts, rounds, arming, more) for parts in processes]
        try:
            yield started
        finally:
            for process in started:
                if process.returncode is None:
                    process.kill()
            for process in started:
                try:
                    await asyncio.wait_for(process.wait(), TERM_SECONDS)
                except TimeoutError:
                    process.kill()
                    await process.wait()

    async def _start(
        self, parts: tuple[str, ...], rounds: int, arming: dict[str, str], more: dict[str, Any]
    ) -> asyncio.subprocess.Process:
        environment = {name: value for name, value in os.environ.items() if "STUDYZED_" not in name}
        environment |= {
            "SUBJECT": json.dumps(_plain(self.settings.model_dump()) | more),
            "SUBJECT_ACKS": str(self.acks),
            "SUBJECT_ROUNDS": str(rounds),
            **arming,
        }
        words = [sys.executable, "-m", "tests.faults.subject", self.plan.store, *parts]
        with (self.folder / "subject.log").open("ab") as log:
            return await asyncio.create_subprocess_exec(
                *[sys.executable, "-I", "-S", str(LAUNCHER), "SIGKILL", *words],
                cwd=self.plan.tree,
                env=environment,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )

    async def _deaths(self, processes: Sequence[asyncio.subprocess.Process]) -> int:
        """Waits for the first death; how many had died by SIGKILL."""
        waits = [asyncio.create_task(process.wait()) for process in processes]
        await asyncio.wait(waits, timeout=DEATH_SECONDS, return_when=asyncio.FIRST_COMPLETED)
        for wait in waits:
            wait.cancel()
        ends = [process.returncode for process in processes if process.returncode is not None]
        if not ends or set(ends) != {-signal.SIGKILL}:
            raise NotReached(f"{self.plan.arming}: ended with {ends}: {self._log()}")
        return len(ends)

    async def _until(self, done: Any, what: str) -> None:
        deadline = asyncio.get_running_loop().time() + END_SECONDS
        while not await done():
            if asyncio.get_running_loop().time() > deadline:
                raise NotReached(f"{self.plan.arming}: {what} did not get done: {self._log()}")
            await asyncio.sleep(0.1)

    def _log(self) -> str:
        return (self.folder / "subject.log").read_text()[-2_000:]

    def _lines(self) -> list[str]:
        return self.acks.read_text().splitlines() if self.acks.exists() else []

    async def _written(self) -> bool:
        return "written" in self._lines() and await self.rows.waiting() == 0

    async def _settled(self) -> bool:
        """All is written and sent, the consumer has come to the end, and nothing moves any more.

        Not "as many effects as changes": a fault would never get there.
        """
        lines = self._lines()
        if not self.plan.before and "written" not in lines[lines.index("restarted") :]:
            return False
        before = await self.rows.state(jobs=self.plan.works)
        if before.waiting or before.open_jobs or not await caught_up(self.settings):
            return False
        await asyncio.sleep(0.5)
        return await self.rows.state(jobs=self.plan.works) == before

    async def _compare(self) -> Verdict:
        delivered = await first_deliveries(self.settings)
        acknowledged = [
            (key, int(version)) for key, _, version in map(_halves, self._lines()) if version
        ]
        verdict = compare(
            await self.rows.versions(), acknowledged, await self.rows.effects(), delivered
        )
        if self.plan.works:
            verdict.lost += [f"job {number}" for number in await self.rows.undone()]
        verdict.lost += [f"letter {letter} is dead" for letter in await self.rows.dead()]
        return verdict


def _halves(line: str) -> tuple[str, str, str]:
    return line.partition(" ")


async def prepare(stack: Stack, plan: Plan, folder: Path) -> Scenario:
    """A scenario with fresh stores; a queue of jobs that an earlier one has left is emptied."""
    tables = plan.store == "tables"
    kind: Any = TableSettings if tables else DocumentSettings
    redis_url = f"{stack.servers.redis_url.rpartition('/')[0]}/{next(DATABASES)}"
    settings = await stack.settings_for(
        kind,
        "session_service" if tables else "message_service",
        kafka_session_timeout_ms=1_000,
        redis_url=redis_url,
        celery_broker_url=redis_url,
    )
    queue = Redis.from_url(redis_url)
    await queue.flushdb()
    await queue.aclose()
    await ensure_topics(settings, [TOPIC])
    folder.mkdir()  # noqa: ASYNC240
    if not tables:
        rows: Rows | Documents = Documents(stack.servers.mongo_url, settings.mongo_database)
        return Scenario(plan, settings, folder, rows)
    owner = settings.database_owner_url.get_secret_value().replace("+asyncpg", "")
    connection = await asyncpg.connect(owner)
    await connection.execute(TABLES)
    await connection.close()
    name = urlsplit(owner).path
    server = stack.servers.postgres_superuser_url.rpartition("/")[0]
    return Scenario(plan, settings, folder, Rows(server + name))


async def caught_up(settings: Any) -> bool:
    """Whether the consumer's group has committed the end of each partition."""
    ends = {
        TopicPartition(record.topic, record.partition): record.offset + 1
        for record in await records(settings, TOPIC)
    }
    group = AIOKafkaConsumer(
        bootstrap_servers=settings.kafka_bootstrap,
        group_id=settings.kafka_topic_prefix + GROUP,
        enable_auto_commit=False,
    )
    await group.start()
    try:
        group.assign(list(ends))
        done = [(await group.committed(partition) or 0) >= end for partition, end in ends.items()]
    finally:
        await group.stop()
    return bool(done) and all(done)


async def first_deliveries(settings: Any) -> list[Change]:
    """The events of the topic, each where it stands for the first time."""
    seen: dict[UUID, Change] = {}
    for record in await records(settings, TOPIC):
        if record.value and record.value.startswith(b"{"):
            event = Event.from_wire(record.value)
            if isinstance(event, Changed):
                seen.setdefault(event.event_id, (event.name, event.revision))
    return list(seen.values())


def _plain(values: dict[str, Any]) -> dict[str, Any]:
    return {
        name: value.get_secret_value() if isinstance(value, SecretStr) else value
        for name, value in values.items()
        if value is not None
    }
