"""The Celery app of the stage: payment_service's, with nothing in its schedule but its sweepers,
every three seconds.
"""

from dataclasses import replace

from libs.celery import celery_app
from payment_service.checkouts.jobs import SweepCheckouts
from payment_service.refunds.schemas import SweepRefunds
from payment_service.top_ups.jobs import SweepTopUps
from payment_service.worker import WORKER

SCHEDULE = dict.fromkeys((SweepCheckouts, SweepRefunds, SweepTopUps), 3.0)
app = celery_app(replace(WORKER, schedule=SCHEDULE))
