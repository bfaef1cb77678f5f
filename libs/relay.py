"""The relay: sends outbox letters to Kafka and Celery, at least once, in order per key.

It is woken by the database (`LISTEN/NOTIFY`, or a Redis signal for MongoDB) and polls once a second
besides. While the broker is away letters wait in the outbox; nothing is lost and nobody else
notices.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol, TypeAlias
from uuid import UUID

from libs import kafka, log, metrics
from libs.crashpoint import reach
from libs.jobs import BEGUN
from libs.letters import KAFKA, Letter

BATCH = 1_000
POLL_SECONDS = 1.0
SWEEP_SECONDS = 10.0
MIN_WAIT_SECONDS, MAX_WAIT_SECONDS = 0.05, 5.0
"""Between two tries while the store or a broker is away."""

logger = log.get(__name__)

SendJobs = Callable[[Sequence[Letter]], Awaitable[None]]


async def _no_queue() -> None:
    return None


@dataclass(frozen=True)
class LostJobs:
    """How the sweep tells lost jobs: begun longer ago than `begun_after`; or sent longer ago than
    `after`, not begun, and not behind the one that waits longest in the queue (`oldest()`).
    """

    oldest: Callable[[], Awaitable[UUID | None]] = _no_queue
    after: timedelta = timedelta(seconds=30)
    begun_after: timedelta = BEGUN


Outcome: TypeAlias = tuple[list[UUID], BaseException | None]
"""What has left, and the first failure."""


class Outbox(Protocol):
    """What the relay needs of a store; see `PostgresOutbox` and `MongoOutbox`."""

    async def open(self, wake: Callable[[], None]) -> None: ...
    async def close(self) -> None: ...
    async def acquire(self) -> bool: ...
    async def batch(self, limit: int) -> Sequence[Letter]: ...
    async def mark(self, ids: Sequence[UUID]) -> None: ...
    async def depth(self) -> tuple[int, int]: ...
    async def sweep(
        self, lost_after: timedelta, oldest: UUID | None, begun_after: timedelta
    ) -> None: ...
    async def replay(self, hours: int) -> None: ...


class Relay:
    """Moves letters from one outbox to the brokers until cancelled."""

    def __init__(
        self,
        outbox: Outbox,
        producer: kafka.Producer,
        send_jobs: SendJobs | None = None,
        *,
        lost: LostJobs | None = None,
        replay_hours: int = 0,
    ) -> None:
        self._outbox = outbox
        self._producer = producer
        self._job_sender = send_jobs
        self._lost = lost or LostJobs()
        self._replay_hours = replay_hours
        self._wake = asyncio.Event()
        self._wait = MIN_WAIT_SECONDS
        self.ready = False

    async def run(self) -> None:
        """Runs for ever: connects, sends, and begins again after any failure of the store or the
        broker.
        """
        while True:
            try:
                await self._outbox.open(self._wake.set)
                await self._work()
            except Exception as error:
                self.ready = False
                self._wait = min(self._wait * 2, MAX_WAIT_SECONDS)
                logger.warning("relay_waits", reason=type(error).__name__, seconds=self._wait)
            finally:
                await self._outbox.close()  # at once, so that a standby may take over
            await asyncio.sleep(self._wait)

    async def _work(self) -> None:
        swept = tried = -SWEEP_SECONDS
        while not await self._outbox.acquire():
            self.ready = True  # a standby is ready: another relay holds the shards
            await asyncio.sleep(0.5)
        if self._replay_hours:
            await self._outbox.replay(self._replay_hours)
            await reach("relay.after_replay")
            self._replay_hours = 0
        self.ready = True
        while True:
            self._wake.clear()
            now = asyncio.get_running_loop().time()
            if now - swept >= SWEEP_SECONDS:
                swept = now
                await self._sweep()
            if now - tried >= POLL_SECONDS:
                tried = now
                await self._outbox.acquire()  # shards that another relay has given up
                await self._measure()  # also while the broker is away and sending fails
            sent = await self.send_batch()
            self._wait = MIN_WAIT_SECONDS
            if not sent:
                await self._sleep()

    async def send_batch(self) -> int:
        """Sends one batch and marks what has left. Returns how many letters left.

        Raises what the store or the broker raised, after marking what left before the first failure
        of its key.
        """
        letters = await self._outbox.batch(BATCH)
        events = [letter for letter in letters if letter.destination == KAFKA]
        jobs = [letter for letter in letters if letter.destination != KAFKA]
        left, failures = 0, []
        # Jobs first: Redis says at once that it is away, the producer tries for seconds.
        for send, part in ((self._send_jobs, jobs), (self._send_events, events)):
            sent, failure = await send(part)
            if sent:
                await self._outbox.mark(sent)
                await reach("outbox.after_mark")
            left += len(sent)
            failures.append(failure)
        for failure in failures:
            if failure is not None:
                raise failure
        return left

    async def _send_events(self, events: Sequence[Letter]) -> Outcome:
        if not events:
            return [], None
        messages = [kafka.Message(event.address, event.key, event.body) for event in events]
        await reach("outbox.before_publish")
        results = await self._producer.send_all(messages)
        await reach("outbox.after_publish_before_mark")
        failure: BaseException | None = None
        sent: list[UUID] = []
        broken: set[str] = set()
        for event, error in zip(events, results, strict=True):
            if error is not None or event.key in broken:
                broken.add(event.key)
                failure = failure or error
            else:
                sent.append(event.id)
        metrics.OUTBOX_SENT.labels(KAFKA).inc(len(sent))
        return sent, failure

    async def _send_jobs(self, jobs: Sequence[Letter]) -> Outcome:
        if not jobs or self._job_sender is None:
            return [], None
        await reach("outbox.before_sending_jobs")
        try:
            await self._job_sender(jobs)
        except Exception as error:  # the events of this batch leave all the same
            return [], error
        await reach("outbox.after_sending_jobs_before_mark")
        metrics.OUTBOX_SENT.labels("celery").inc(len(jobs))
        return [job.id for job in jobs], None

    async def _sweep(self) -> None:
        try:
            oldest = await self._lost.oldest()
        except Exception as error:  # the jobs' broker is away, so nothing could be sent again
            logger.warning("sweep_waits", reason=type(error).__name__)
        else:
            await self._outbox.sweep(self._lost.after, oldest, self._lost.begun_after)

    async def _measure(self) -> None:
        waiting, open_jobs = await self._outbox.depth()
        metrics.OUTBOX_DEPTH.set(waiting)
        metrics.OPEN_JOBS.set(open_jobs)

    async def _sleep(self) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(POLL_SECONDS):
                await self._wake.wait()
