"""The Celery app of tests/libs/test_celery.py: one small worker over the tests' own database."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import ClassVar
from uuid import UUID

from sqlalchemy import text

from libs import outbox_jobs, tracing
from libs.celery import Worker, celery_app
from libs.clock import SystemClock
from libs.jobs import Job
from libs.postgres import Database
from libs.settings import load
from tests.libs.parts import Settings, Work


class Tick(Job):
    """A scheduled job."""

    type: ClassVar[str] = "test.tick"


async def effect(database: Database, key: str, revision: int) -> None:
    """Writes a row."""
    values = {"key": key, "revision": revision, "trace": tracing.current_trace_id()}
    async with database.transaction() as session:
        await session.execute(
            text("INSERT INTO effects (key, revision, trace) VALUES (:key, :revision, :trace)"),
            values,
        )


@asynccontextmanager
async def open_resources() -> AsyncIterator[Database]:
    """The database; its opening and closing leave rows."""
    database = Database(load(Settings), SystemClock())
    await effect(database, f"opened on {id(asyncio.get_running_loop())}", 0)
    try:
        yield database
    finally:
        await effect(database, "closed", 0)
        await database.close()


async def work(database: Database, job: Work) -> None:
    """Fails for odd numbers."""
    if job.number % 2:
        raise ValueError("an odd number")
    await effect(database, "worked", job.number)


async def tick(database: Database, _: Tick) -> None:
    """Leaves a row."""
    await effect(database, "ticked", 0)


async def begin(database: Database, job_id: UUID) -> bool:
    """Notes that a job is begun."""
    return await database.run(lambda session: outbox_jobs.begin_job(session, job_id))


async def close(database: Database, job_id: UUID) -> None:
    """Closes a job's row."""
    await database.run(lambda session: outbox_jobs.close_job(session, job_id))


async def postpone(database: Database, job_id: UUID, delays: Sequence[float], error: str) -> bool:
    """Puts a job back."""
    return await database.run(lambda s: outbox_jobs.postpone_job(s, job_id, delays, error))


WORKER = Worker(
    service="test",
    broker_url=lambda: load(Settings).celery_broker_url.get_secret_value(),
    open=open_resources,
    jobs={Work: work, Tick: tick},
    begin=begin,
    close=close,
    postpone=postpone,
    schedule={Tick: 1.0},
)
app = celery_app(WORKER)
