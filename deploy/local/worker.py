"""The Celery app of the local platform: one worker with beat for all services.

Each service brings its own `WORKER`; elsewhere each runs a worker of its own from its `worker.py`.
A heartbeat job proves to the portal that broker, beat and worker do their work.
"""

import os
import time
from typing import Any

from celery.signals import worker_ready
from redis import Redis

from libs.celery import celery_app
from message_service.worker import WORKER as MESSAGE
from notification_service.worker import WORKER as NOTIFICATION
from payment_service.worker import WORKER as PAYMENT
from session_service.worker import WORKER as SESSION
from user_service.worker import WORKER as USER

HEARTBEAT = "studyzed:worker:heartbeat"
HEARTBEAT_SECONDS = 5.0

app = celery_app(USER, NOTIFICATION, PAYMENT, SESSION, MESSAGE)


@app.task(name="local.heartbeat")
def beat() -> None:
    """Says that a job has gone from beat through the broker to the worker."""
    with Redis.from_url(os.environ["USER_REDIS_URL"]) as redis:
        redis.set(HEARTBEAT, str(time.time()), ex=60)


@app.on_after_finalize.connect
def schedule(sender: Any, **_: object) -> None:
    """Adds the heartbeat to the services' own schedules."""
    sender.add_periodic_task(HEARTBEAT_SECONDS, beat.s(), name="heartbeat", expires=10)


@worker_ready.connect
def first(**_: object) -> None:
    """The first one at once, so that a start need not wait for beat."""
    beat.delay()
