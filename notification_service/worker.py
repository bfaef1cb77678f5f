"""The jobs of notification_service; `deploy/local/worker.py` joins those of all services."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from uuid import UUID

from libs import mongo_outbox
from libs.celery import Worker, celery_app
from libs.mongo import Mongo
from libs.objects import Objects
from libs.settings import load
from notification_service import resources
from notification_service.devices.jobs import remove_stale_devices
from notification_service.devices.schemas import RemoveStaleDevices
from notification_service.privacy import jobs as privacy
from notification_service.privacy.schemas import CollectExport, EraseAccount
from notification_service.push.fcm_gateway import FcmGateway
from notification_service.push.jobs import send_push
from notification_service.push.schemas import SendPush
from notification_service.settings import Settings


@dataclass(frozen=True)
class Resources:
    """What jobs need."""

    mongo: Mongo
    gateway: FcmGateway
    objects: Objects


@asynccontextmanager
async def open_resources() -> AsyncIterator[Resources]:
    """Opens clients on the worker's loop."""
    settings = load(Settings)
    async with resources.open_resources(settings) as parts:
        objects = Objects(settings, parts.clock)
        try:
            yield Resources(parts.mongo, parts.gateway, objects)
        finally:
            await objects.close()


async def _send_push(parts: Resources, job: SendPush) -> None:
    await send_push(parts.mongo, parts.gateway, job)


async def _remove_stale_devices(parts: Resources, job: RemoveStaleDevices) -> None:
    await remove_stale_devices(parts.mongo, job)


async def _begin(parts: Resources, job_id: UUID) -> bool:
    return await mongo_outbox.begin_job(parts.mongo.outside, job_id)


async def _collect(parts: Resources, job: CollectExport) -> None:
    await privacy.collect(parts.mongo, parts.objects, job)


async def _erase(parts: Resources, job: EraseAccount) -> None:
    await privacy.erase(parts.mongo, job)


async def _close(parts: Resources, job_id: UUID) -> None:
    await mongo_outbox.close_job(parts.mongo.outside, job_id)


async def _postpone(parts: Resources, job_id: UUID, delays: Sequence[float], error: str) -> bool:
    return await mongo_outbox.postpone_job(parts.mongo.outside, job_id, delays, error)


WORKER = Worker(
    service="notification_service",
    broker_url=lambda: load(Settings).celery_broker_url.get_secret_value(),
    open=open_resources,
    jobs={
        SendPush: _send_push,
        RemoveStaleDevices: _remove_stale_devices,
        CollectExport: _collect,
        EraseAccount: _erase,
    },
    begin=_begin,
    close=_close,
    postpone=_postpone,
    schedule={RemoveStaleDevices: 6 * 3_600},
)
app = celery_app(WORKER)
