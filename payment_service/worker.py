"""The jobs of payment_service and when they run."""

from collections.abc import Sequence
from uuid import UUID

from libs import outbox_jobs
from libs.celery import Worker, celery_app
from libs.settings import load
from payment_service.checkouts.jobs import SweepCheckouts, sweep_checkouts
from payment_service.resources import Resources, open_resources
from payment_service.settings import Settings

SWEEP_SECONDS = 30.0


async def begin(parts: Resources, job_id: UUID) -> bool:
    """Notes that a job is begun; whether there is still anything to do."""
    async with parts.database.transaction() as session:
        return await outbox_jobs.begin_job(session, job_id)


async def close(parts: Resources, job_id: UUID) -> None:
    """Closes a job's outbox row."""
    async with parts.database.transaction() as session:
        await outbox_jobs.close_job(session, job_id)


async def postpone(parts: Resources, job_id: UUID, delays: Sequence[float], error: str) -> bool:
    """Puts a failed job back; whether it will be tried again."""
    async with parts.database.transaction() as session:
        return await outbox_jobs.postpone_job(session, job_id, delays, error)


WORKER: Worker[Resources] = Worker(
    service="payment_service",
    broker_url=lambda: load(Settings).celery_broker_url.get_secret_value(),
    open=lambda: open_resources(load(Settings)),
    jobs={SweepCheckouts: sweep_checkouts},
    begin=begin,
    close=close,
    postpone=postpone,
    schedule={SweepCheckouts: SWEEP_SECONDS},
)
app = celery_app(WORKER)
