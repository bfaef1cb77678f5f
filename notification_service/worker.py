"""The jobs of notification_service; `deploy/local/worker.py` joins those of all services."""

from collections.abc import Sequence
from uuid import UUID

from libs import mongo
from libs.celery import Worker, celery_app
from libs.settings import load
from notification_service.devices.jobs import remove_stale_devices
from notification_service.devices.work import RemoveStaleDevices
from notification_service.push.jobs import send_push
from notification_service.push.work import SendPush
from notification_service.resources import Resources, open_resources
from notification_service.settings import Settings


async def close_job(resources: Resources, job_id: UUID) -> None:
    """Marks a job as done."""
    await mongo.close_job(resources.mongo.outside, job_id)


async def postpone_job(
    resources: Resources, job_id: UUID, delays: Sequence[float], error: str
) -> bool:
    """Puts a failed job back; returns whether it will be tried again."""
    return await mongo.postpone_job(resources.mongo.outside, job_id, delays, error)


WORKER = Worker(
    service="notification_service",
    broker_url=lambda: load(Settings).celery_broker_url.get_secret_value(),
    open=lambda: open_resources(load(Settings)),
    jobs={SendPush: send_push, RemoveStaleDevices: remove_stale_devices},
    close=close_job,
    postpone=postpone_job,
    schedule={RemoveStaleDevices: 6 * 3_600},
)
app = celery_app(WORKER)
