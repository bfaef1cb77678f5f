"""A job: slow, retried or delayed work of a service's own, named by a frozen class.

`service.py` enqueues an instance (`outbox.enqueue`), `jobs.py` holds the function that does it,
`worker.py` joins the two. This module does not import Celery, so neither do services.
"""

from datetime import timedelta
from typing import ClassVar

from pydantic import BaseModel, ConfigDict

RETRY_SECONDS = (1, 5, 30, 120, 600, 3_600)
"""Waits before the tries after the first one, in seconds, each with ±20 % jitter; then the job is
dead (N-A7).
"""
LIMIT_SECONDS = 110.0
"""How long a job may run; then it counts as failed."""
BEGUN = timedelta(seconds=120)
"""Begun so long ago and neither done nor failed: its worker has died."""
WORKER_LOST = "WorkerLost"
"""The failure of a job that took its worker with it at every try."""


def queue_of(job_type: str) -> str:
    """The Celery queue of a job: one per service, by the first word of its type. Workers of
    different services may share a broker, and none must take what another knows.
    """
    return job_type.partition(".")[0] + "-jobs"


class Job(BaseModel):
    """Base of all jobs: ids only, so that the work loads fresh state. `type` is its stable name."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    type: ClassVar[str]
