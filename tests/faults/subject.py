"""A small service that a test kills: `python -m tests.faults.subject STORE PART...`.

STORE is `tables` (PostgreSQL) or `documents` (MongoDB). Parts: `writer` changes aggregates and
notes each acknowledged change in a file, `relay`, `consumer`, and for tables `worker` (Celery).
`SUBJECT` holds the settings as JSON, `SUBJECT_ACKS` the file, `SUBJECT_ROUNDS` the writer's length;
`SUBJECT_LOST_JOB` may say when a job counts as lost.
"""

import asyncio
import json
import os
import signal
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any, ClassVar
from uuid import UUID

from pydantic_settings import SettingsConfigDict
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from libs import mongo_outbox, outbox, outbox_jobs, redis, relay
from libs.celery import Worker, celery_app
from libs.clock import SystemClock
from libs.consumer import Consumer
from libs.errors import Unavailable
from libs.group_commit import GroupCommit
from libs.inbox import PostgresStore
from libs.job_sender import JobSender
from libs.jobs import Job
from libs.kafka import Message, Producer
from libs.mongo import Mongo, MongoSession
from libs.mongo_inbox import MongoStore
from libs.mongo_outbox import MongoOutbox
from libs.outbox import PostgresOutbox
from libs.postgres import Database
from libs.settings import CelerySettings, CoreSettings, KafkaSettings, MongoSettings, RedisSettings
from tests.libs.parts import TOPIC, Changed, Parts
from tests.libs.parts import Settings as TableSettings

GROUP = "faults"
KEYS = ("a", "b", "c")
PAUSE_SECONDS = 0.05
TABLES = """
CREATE TABLE aggregates (key text PRIMARY KEY, version int NOT NULL);
CREATE TABLE effects (seq bigint GENERATED ALWAYS AS IDENTITY, key text, revision int, trace text);
CREATE TABLE tries (number int);
CREATE TABLE work (number int PRIMARY KEY)
"""
LOST_JOB = "SUBJECT_LOST_JOB"
"""Seconds after which a job counts as lost."""


class DocumentSettings(CoreSettings, MongoSettings, RedisSettings, KafkaSettings, CelerySettings):
    """The settings of the subject over MongoDB."""

    model_config = SettingsConfigDict(env_prefix="SUBJECT_", extra="ignore", frozen=True)


class Work(Job):
    """A job; the first one fails at its first try."""

    type: ClassVar[str] = "faults.work"

    number: int


Change = Callable[[str], Awaitable[int]]


def acknowledge(*words: object) -> None:
    """Writes a line that outlives this process."""
    with open(os.environ["SUBJECT_ACKS"], "a") as file:  # noqa: PTH123  (one write, appended)
        file.write(" ".join(map(str, words)) + "\n")


async def patiently(change: Change, key: str) -> int:
    """A client that tries again for as long as it is told to."""
    while True:
        try:
            return await change(key)
        except Unavailable:
            await asyncio.sleep(0.2)


async def write(change: Change, producer: Producer) -> None:
    """The clients: each waits for its answer before it goes on."""
    await producer.send_all([Message(TOPIC, "a", "not an event")])

    async def client(number: int) -> None:
        for turn in range(int(os.environ["SUBJECT_ROUNDS"])):
            key = KEYS[(number + turn) % len(KEYS)]
            acknowledge(key, await patiently(change, key))
            await asyncio.sleep(PAUSE_SECONDS)

    await asyncio.gather(*(client(number) for number in range(4)))
    acknowledge("written")


async def change_row(database: Database, key: str) -> int:
    """One change of an aggregate, with its event, and a job for every fourth."""

    async def work(session: AsyncSession) -> int:
        version = await session.scalar(
            text(
                "INSERT INTO aggregates VALUES (:key, 1) ON CONFLICT (key) "
                "DO UPDATE SET version = aggregates.version + 1 RETURNING version"
            ),
            {"key": key},
        )
        await outbox.publish(session, Changed(name=key, revision=version))
        if version % 4 == 1:
            await outbox.enqueue(session, Work(number=version * len(KEYS) + KEYS.index(key)))
        return int(version)

    return await database.run(work)


async def keep_row(session: AsyncSession, event: Changed) -> None:
    """The consumer's effect: a row."""
    statement = text("INSERT INTO effects (key, revision) VALUES (:key, :revision)")
    await session.execute(statement, {"key": event.name, "revision": event.revision})


async def change_documents(session: MongoSession, key: str, count: int) -> list[int | Exception]:
    """Several changes of one aggregate, with their events; returns their versions."""
    aggregates = session["aggregates"]
    found = await aggregates.find_one({"_id": key}, session=session.handle)
    last = found["version"] if found else 0
    versions = list(range(last + 1, last + count + 1))
    change = {"$set": {"version": versions[-1]}}
    await aggregates.update_one({"_id": key}, change, upsert=True, session=session.handle)
    await mongo_outbox.publish(
        session, *(Changed(name=key, revision=number) for number in versions)
    )
    if versions[-1] % 4 == 0:
        await mongo_outbox.enqueue(session, Work(number=versions[-1]))
    return list(versions)


async def keep_document(session: MongoSession, event: Changed) -> None:
    """The consumer's effect: a document; `at` is the machine's own clock."""
    row = {"key": event.name, "revision": event.revision, "at": time.monotonic_ns()}
    await session["effects"].insert_one(row, session=session.handle)


def lost(jobs: JobSender) -> relay.LostJobs:
    """Jobs that count as lost soon."""
    seconds = timedelta(seconds=int(os.environ.get(LOST_JOB, "3")))
    return relay.LostJobs(jobs.oldest, seconds, begun_after=seconds)


async def tables(wanted: Sequence[str]) -> None:
    """Runs the parts over PostgreSQL."""
    settings = TableSettings(**json.loads(os.environ["SUBJECT"]))
    database, producer = Database(settings, SystemClock()), Producer(settings)
    consumer = Consumer(GROUP, settings, PostgresStore(database), {Changed: keep_row}, producer)
    jobs = JobSender(settings.celery_broker_url.get_secret_value(), "faults")
    box = PostgresOutbox(database.url)
    parts = {
        "writer": lambda: write(lambda key: change_row(database, key), producer),
        "relay": relay.Relay(
            box, producer, jobs.send, lost=lost(jobs), replay_hours=settings.outbox_replay_hours
        ).run,
        "consumer": consumer.run,
    }
    await asyncio.gather(*(parts[name]() for name in wanted))


async def documents(wanted: Sequence[str]) -> None:
    """Runs the parts over MongoDB."""
    settings = DocumentSettings(**json.loads(os.environ["SUBJECT"]))
    client, channel = redis.connect(settings), f"outbox:{settings.mongo_database}"
    store = Mongo(settings, SystemClock(), wake=lambda: redis.signal(client, channel))
    producer = Producer(settings)
    consumer = Consumer(GROUP, settings, MongoStore(store), {Changed: keep_document}, producer)

    async def commit(keys: list[str]) -> list[int | Exception]:
        async def change(session: MongoSession) -> list[int | Exception]:
            found = {
                key: iter(await change_documents(session, key, count))
                for key, count in Counter(keys).items()
            }
            return [next(found[key]) for key in keys]

        return await store.run(change)

    group: GroupCommit[str, int] = GroupCommit(commit)
    jobs = JobSender(settings.celery_broker_url.get_secret_value(), "faults")
    parts = {
        "writer": lambda: write(group.add, producer),
        "relay": relay.Relay(
            MongoOutbox(store, client, channel), producer, jobs.send, lost=lost(jobs)
        ).run,
        "consumer": consumer.run,
    }
    await asyncio.gather(*(parts[name]() for name in wanted))


async def do_work(parts: Parts, job: Work) -> None:
    """The job's effect; the lowest number fails at first."""
    await parts.fetch("INSERT INTO tries VALUES (:number)", number=job.number)
    [(tries,)] = await parts.fetch(
        "SELECT count(*) FROM tries WHERE number = :number", number=job.number
    )
    if job.number == len(KEYS) and tries == 1:
        raise RuntimeError("the first try fails")
    statement = "INSERT INTO work VALUES (:number) ON CONFLICT DO NOTHING"
    await parts.fetch(statement, number=job.number)


@asynccontextmanager
async def _open() -> AsyncIterator[Parts]:
    settings = TableSettings(**json.loads(os.environ["SUBJECT"]))
    database = Database(settings, SystemClock())
    yield Parts(settings, database, Producer(settings))
    await database.close()


async def _begin(parts: Parts, job_id: UUID) -> bool:
    return await parts.database.run(lambda session: outbox_jobs.begin_job(session, job_id))


async def _close(parts: Parts, job_id: UUID) -> None:
    await parts.database.run(lambda session: outbox_jobs.close_job(session, job_id))


async def _postpone(parts: Parts, job_id: UUID, delays: Sequence[float], error: str) -> bool:
    return await parts.database.run(
        lambda session: outbox_jobs.postpone_job(session, job_id, delays, error)
    )


def worker() -> None:
    """Runs the jobs, with Celery's own main function."""
    app = celery_app(
        Worker(
            service="faults",
            broker_url=lambda: json.loads(os.environ["SUBJECT"])["celery_broker_url"],
            open=_open,
            jobs={Work: do_work},
            begin=_begin,
            close=_close,
            postpone=_postpone,
        )
    )
    app.worker_main(["worker", "-P", "solo", "--without-gossip", "--without-mingle", "-l", "ERROR"])


def main(store: str, *wanted: str) -> None:
    """Runs until SIGTERM, which ends it at once. A crash is to be over in seconds, not minutes."""
    relay.SWEEP_SECONDS, mongo_outbox.LEASE = 1.0, timedelta(seconds=1)
    if wanted == ("worker",):
        worker()
        return
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
    run: dict[str, Callable[[Sequence[str]], Any]] = {"tables": tables, "documents": documents}
    asyncio.run(run[store](wanted))


if __name__ == "__main__":
    main(*sys.argv[1:])
