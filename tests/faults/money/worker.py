"""The Celery app of the stage: payment_service's, with nothing in its schedule but its sweepers,
every three seconds. It draws no invoices: a PDF takes it half a second, and moves no money.
"""

from dataclasses import replace

from libs.celery import celery_app
from payment_service.checkouts.jobs import SweepCheckouts
from payment_service.invoices.schemas import DrawInvoice
from payment_service.refunds.schemas import SweepRefunds
from payment_service.top_ups.jobs import SweepTopUps
from payment_service.worker import WORKER, Resources

SCHEDULE = dict.fromkeys((SweepCheckouts, SweepRefunds, SweepTopUps), 3.0)


async def leave(_: Resources, __: DrawInvoice) -> None:
    """Leaves an invoice without its PDF."""


app = celery_app(replace(WORKER, schedule=SCHEDULE, jobs={**WORKER.jobs, DrawInvoice: leave}))
