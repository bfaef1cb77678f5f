"""The jobs of message_service; `deploy/local/worker.py` joins those of all services."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from uuid import UUID

from libs import mongo_outbox, redis
from libs.celery import Worker, celery_app
from libs.clock import SystemClock
from libs.mongo import Mongo
from libs.objects import Objects
from libs.settings import load
from message_service.privacy import jobs as privacy
from message_service.privacy.schemas import CollectExport, EraseAccount
from message_service.settings import Settings, outbox_channel


@dataclass(frozen=True)
class Resources:
    """What jobs need."""

    mongo: Mongo
    objects: Objects


@asynccontextmanager
async def open_resources() -> AsyncIterator[Resources]:
    """Opens clients on the worker's loop."""
    settings, clock = load(Settings), SystemClock()
    client = redis.connect(settings)
    mongo = Mongo(settings, clock, wake=lambda: redis.signal(client, outbox_channel(settings)))
    objects = Objects(settings, clock)
    try:
        yield Resources(mongo, objects)
    finally:
        await objects.close()
        await client.aclose()
        await mongo.close()


async def _collect(parts: Resources, job: CollectExport) -> None:
    await privacy.collect(parts.mongo, parts.objects, job)


async def _erase(parts: Resources, job: EraseAccount) -> None:
    await privacy.erase(parts.mongo, job)


async def _begin(parts: Resources, job_id: UUID) -> bool:
    return await mongo_outbox.begin_job(parts.mongo.outside, job_id)


async def _close(parts: Resources, job_id: UUID) -> None:
    await mongo_outbox.close_job(parts.mongo.outside, job_id)


async def _postpone(parts: Resources, job_id: UUID, delays: Sequence[float], error: str) -> bool:
    return await mongo_outbox.postpone_job(parts.mongo.outside, job_id, delays, error)


WORKER = Worker(
    service="message_service",
    broker_url=lambda: load(Settings).celery_broker_url.get_secret_value(),
    open=open_resources,
    jobs={CollectExport: _collect, EraseAccount: _erase},
    begin=_begin,
    close=_close,
    postpone=_postpone,
)
app = celery_app(WORKER)
