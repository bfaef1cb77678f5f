"""The jobs of notification_service; `deploy/local/worker.py` joins those of all services."""

from collections.abc import Sequence
from uuid import UUID

from libs import mongo_outbox
from libs.celery import Worker, celery_app
from libs.settings import load
from notification_service.devices.jobs import remove_stale_devices
from notification_service.devices.schemas import RemoveStaleDevices
from notification_service.push.jobs import send_push
from notification_service.push.schemas import SendPush
from notification_service.resources import Resources, open_resources
from notification_service.settings import Settings


async def _send_push(parts: Resources, job: SendPush) -> None:
    await send_push(parts.mongo, parts.gateway, job)


async def _remove_stale_devices(parts: Resources, job: RemoveStaleDevices) -> None:
    await remove_stale_devices(parts.mongo, job)


async def _begin(parts: Resources, job_id: UUID) -> bool:
    return await mongo_outbox.begin_job(parts.mongo.outside, job_id)


async def _close(parts: Resources, job_id: UUID) -> None:
    await mongo_outbox.close_job(parts.mongo.outside, job_id)


async def _postpone(parts: Resources, job_id: UUID, delays: Sequence[float], error: str) -> bool:
    return await mongo_outbox.postpone_job(parts.mongo.outside, job_id, delays, error)


WORKER = Worker(
    service="notification_service",
    broker_url=lambda: load(Settings).celery_broker_url.get_secret_value(),
    open=lambda: open_resources(load(Settings)),
    jobs={SendPush: _send_push, RemoveStaleDevices: _remove_stale_devices},
    begin=_begin,
    close=_close,
    postpone=_postpone,
    schedule={RemoveStaleDevices: 6 * 3_600},
)
app = celery_app(WORKER)
