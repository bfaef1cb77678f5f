"""The jobs of session_service; `deploy/local/worker.py` joins those of all services."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from uuid import UUID

from libs import outbox_jobs
from libs.celery import Worker, celery_app
from libs.clock import SystemClock
from libs.objects import Objects
from libs.postgres import Database
from libs.settings import load
from session_service.privacy import jobs as privacy
from session_service.privacy.schemas import CollectExport, EraseAccount
from session_service.settings import Settings


@dataclass(frozen=True)
class Resources:
    """What jobs need."""

    database: Database
    objects: Objects


@asynccontextmanager
async def open_resources() -> AsyncIterator[Resources]:
    """Opens clients on the worker's loop."""
    settings, clock = load(Settings), SystemClock()
    database = Database(settings, clock, name="session_worker")
    objects = Objects(settings, clock)
    try:
        yield Resources(database, objects)
    finally:
        await objects.close()
        await database.close()


async def _collect(parts: Resources, job: CollectExport) -> None:
    await privacy.collect(parts.database, parts.objects, job)


async def _erase(parts: Resources, job: EraseAccount) -> None:
    await privacy.erase(parts.database, job)


async def _begin(parts: Resources, job_id: UUID) -> bool:
    return await parts.database.run(lambda session: outbox_jobs.begin_job(session, job_id))


async def _close(parts: Resources, job_id: UUID) -> None:
    await parts.database.run(lambda session: outbox_jobs.close_job(session, job_id))


async def _postpone(parts: Resources, job_id: UUID, delays: Sequence[float], error: str) -> bool:
    return await parts.database.run(
        lambda session: outbox_jobs.postpone_job(session, job_id, delays, error)
    )


WORKER = Worker(
    service="session_service",
    broker_url=lambda: load(Settings).celery_broker_url.get_secret_value(),
    open=open_resources,
    jobs={CollectExport: _collect, EraseAccount: _erase},
    begin=_begin,
    close=_close,
    postpone=_postpone,
)
app = celery_app(WORKER)
