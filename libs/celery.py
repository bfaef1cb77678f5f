"""Celery: the runner of jobs. Async code on one event loop and one set of resources per service and
worker process.

The loop runs in a thread of its own, made by the process's first job (so after the fork), and
connections keep living between jobs. A job's outbox row is closed when it is done; a failure puts
the row back with a later due time, so nothing waits inside Celery, and Redis may lose its queue at
any time.
"""

import asyncio
import ctypes
import random
import signal
import sys
import threading
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar
from uuid import UUID

from celery import Celery, signals
from kombu import Queue
from opentelemetry.trace import SpanKind

from libs import log, metrics, tracing
from libs.crashpoint import reach
from libs.jobs import LIMIT_SECONDS, RETRY_SECONDS, Job, queue_of

R = TypeVar("R")

PR_SET_PDEATHSIG = 1

logger = log.get(__name__)


@signals.beat_embedded_init.connect
def end_with_worker(**_: object) -> None:
    """Lets beat, a child of its worker, end when the worker is killed; or each worker that follows
    would add another beat, and all jobs of the schedule would come once more. Linux alone can
    (https://man7.org/linux/man-pages/man2/PR_SET_PDEATHSIG.2const.html).
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)


@dataclass(frozen=True)
class Worker(Generic[R]):
    """A service's jobs. `open` gives its resources; `begin`, `close` and `postpone` speak to its
    outbox.

    `schedule` maps the type of a job without fields to the seconds between its runs.
    """

    service: str
    broker_url: Callable[[], str]
    open: Callable[[], AbstractAsyncContextManager[R]]
    jobs: Mapping[type[Job], Callable[[R, Any], Awaitable[None]]]
    begin: Callable[[R, UUID], Awaitable[bool]]
    close: Callable[[R, UUID], Awaitable[None]]
    postpone: Callable[[R, UUID, Sequence[float], str], Awaitable[bool]]
    schedule: Mapping[type[Job], float] = field(default_factory=dict)


class _Runtime:
    """The event loop of one worker process and the open resources of its services."""

    def __init__(self, workers: Sequence[Worker[Any]]) -> None:
        self._loop = asyncio.new_event_loop()
        self._stack: list[AbstractAsyncContextManager[Any]] = []
        self.resources: dict[str, Any] = {}
        self._thread = threading.Thread(target=self._loop.run_forever, name="jobs", daemon=True)
        self._thread.start()
        try:
            self.call(self._open(workers))
        except BaseException:
            self.close()
            raise

    def call(self, work: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()

    async def _open(self, workers: Sequence[Worker[Any]]) -> None:
        for worker in workers:
            manager = worker.open()
            try:
                self.resources[worker.service] = await manager.__aenter__()
            except SystemExit as error:  # in this thread it would end the loop without a word
                raise RuntimeError(f"the jobs of {worker.service} cannot start") from error
            self._stack.append(manager)

    def close(self) -> None:
        """Closes the resources and ends the loop and its thread."""
        self.call(self._close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _close(self) -> None:
        while self._stack:
            await self._stack.pop().__aexit__(None, None, None)


class _Lazy:
    """The runtime of this worker process, made by its first job: always after the fork, and never
    by an app that is only imported (the local stack's app imports those of all services).
    """

    def __init__(self, workers: Sequence[Worker[Any]]) -> None:
        self._workers = workers
        self._made: _Runtime | None = None
        self._making = threading.Lock()

    def get(self) -> _Runtime:
        with self._making:
            if self._made is None:
                self._made = _Runtime(self._workers)
            return self._made

    def close(self, **_: object) -> None:
        with self._making:
            if self._made is not None:
                self._made.close()
                self._made = None


def celery_app(*workers: Worker[Any]) -> Celery:
    """A Celery app that runs the jobs of these services; settings are read when it starts, not when
    it is imported.
    """
    app = Celery("studyzed")
    app.add_defaults(lambda: _config(workers))
    runtime = _Lazy(workers)
    # The first ends a child of the prefork pool; only the second is sent to the solo pool.
    signals.worker_process_shutdown.connect(runtime.close, weak=False)
    signals.worker_shutdown.connect(runtime.close, weak=False)
    for worker in workers:
        for job_class in worker.jobs:
            _register(app, worker, job_class, runtime)
    return app


def _config(workers: Sequence[Worker[Any]]) -> dict[str, Any]:
    queues = sorted({queue_of(job.type) for worker in workers for job in worker.jobs})
    return {
        "broker_url": workers[0].broker_url(),
        "broker_connection_retry_on_startup": True,
        "broker_transport_options": {"visibility_timeout": 600},
        "task_ignore_result": True,
        "task_acks_late": True,
        # What has killed its worker comes again by the sweep, in time, and not for ever.
        "task_reject_on_worker_lost": False,
        "worker_prefetch_multiplier": 4,
        "worker_hijack_root_logger": False,
        "worker_enable_remote_control": False,
        "worker_send_task_events": False,
        # Keeps nothing on disk: every scheduled job is safe to run twice.
        "beat_scheduler": "celery.beat:Scheduler",
        "task_queues": [Queue(queue) for queue in queues],
        "task_default_queue": queues[0],
        "beat_schedule": {
            job_class.type: {
                "task": job_class.type,
                "schedule": seconds,
                "options": {"expires": max(seconds, 10), "queue": queue_of(job_class.type)},
            }
            for worker in workers
            for job_class, seconds in worker.schedule.items()
        },
    }


def _register(app: Celery, worker: Worker[Any], job_class: type[Job], lazy: _Lazy) -> None:
    def task(job_id: str = "", body: str = "{}", traceparent: str = "") -> None:
        runtime = lazy.get()
        resources = runtime.resources[worker.service]
        runtime.call(_run(worker, job_class, resources, _Sent(job_id, body, traceparent)))

    app.task(name=job_class.type, shared=False)(task)


@dataclass(frozen=True, slots=True)
class _Sent:
    """A job as it comes from the queue; a scheduled one has no id."""

    job_id: str
    body: str
    traceparent: str


async def _run(worker: Worker[Any], job_class: type[Job], resources: Any, sent: _Sent) -> None:
    """Runs one job and closes its row, or puts it back. A scheduled run has no row: beat sends the
    next one, and it takes the time that it takes.
    """
    with tracing.span(f"job {job_class.type}", sent.traceparent, SpanKind.CONSUMER):
        if sent.job_id and not await worker.begin(resources, UUID(sent.job_id)):
            metrics.JOBS.labels(job_class.type, "dropped").inc()  # another copy of it was done
            return
        try:
            await reach("jobs.before_run")
            async with asyncio.timeout(LIMIT_SECONDS if sent.job_id else None):
                await worker.jobs[job_class](resources, job_class.model_validate_json(sent.body))
        except Exception as error:
            await reach("jobs.after_failure_before_postponing")
            metrics.JOBS.labels(job_class.type, "failed").inc()
            again = sent.job_id and await worker.postpone(
                resources, UUID(sent.job_id), _delays(), type(error).__name__
            )
            logger.warning("job_failed", job=job_class.type, again=bool(again), exc_info=True)
            return
        if sent.job_id:
            await reach("jobs.after_effect_before_close")
            await worker.close(resources, UUID(sent.job_id))
            await reach("jobs.after_close")
        metrics.JOBS.labels(job_class.type, "done").inc()


def _delays() -> list[float]:
    return [seconds * random.uniform(0.8, 1.2) for seconds in RETRY_SECONDS]  # noqa: S311  (jitter, not a secret)
