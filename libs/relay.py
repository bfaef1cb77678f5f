"""The relay: sends outbox letters to Kafka and Celery, at least once, in order per key.

It is woken by the database (`LISTEN/NOTIFY`, or a Redis signal for MongoDB) and polls once a second
besides. While the broker is away letters wait in the outbox; nothing is lost and nobody else
notices.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from typing import Protocol
from uuid import UUID

from libs import kafka, log, metrics
from libs.letters import KAFKA, Letter

BATCH = 1_000
POLL_SECONDS = 1.0
SWEEP_SECONDS = 30.0
LOST_JOB = timedelta(minutes=2)

logger = log.get(__name__)

SendJobs = Callable[[Sequence[Letter]], Awaitable[None]]


class Outbox(Protocol):
    """What the relay needs of a store; see `PostgresOutbox` and `MongoOutbox`."""

    async def open(self, wake: Callable[[], None]) -> None: ...
    async def close(self) -> None: ...
    async def acquire(self) -> bool: ...
    async def batch(self, limit: int) -> Sequence[Letter]: ...
    async def mark(self, ids: Sequence[UUID]) -> None: ...
    async def depth(self) -> tuple[int, int]: ...
    async def sweep(self, lost_after: timedelta) -> None: ...
    async def replay(self, hours: int) -> None: ...


class Relay:
    """Moves letters from one outbox to the brokers until cancelled."""

    def __init__(
        self,
        outbox: Outbox,
        producer: kafka.Producer,
        send_jobs: SendJobs | None = None,
        *,
        replay_hours: int = 0,
    ) -> None:
        self._outbox = outbox
        self._producer = producer
        self._send_jobs = send_jobs
        self._replay_hours = replay_hours
        self._wake = asyncio.Event()
        self.ready = False

    async def run(self) -> None:
        """Runs for ever: connects, sends, and begins again after any failure of the store or the
        broker.
        """
        wait = 0.1
        while True:
            try:
                await self._outbox.open(self._wake.set)
                await self._work()
            except asyncio.CancelledError:
                raise
            except Exception as error:
                self.ready = False
                logger.warning("relay_waits", reason=type(error).__name__, seconds=wait)
                await asyncio.sleep(wait)
                wait = min(wait * 2, 5.0)
            finally:
                await self._outbox.close()

    async def _work(self) -> None:
        swept = -SWEEP_SECONDS
        while not await self._outbox.acquire():
            self.ready = True  # a standby is ready: another relay holds the shards
            await asyncio.sleep(0.5)
        if self._replay_hours:
            await self._outbox.replay(self._replay_hours)
            self._replay_hours = 0
        self.ready = True
        while True:
            self._wake.clear()
            now = asyncio.get_running_loop().time()
            if now - swept >= SWEEP_SECONDS:
                swept = now
                await self._outbox.acquire()
                await self._outbox.sweep(LOST_JOB)
            if not await self.send_batch():
                await self._measure()
                await self._sleep()

    async def send_batch(self) -> int:
        """Sends one batch and marks what has left. Returns how many letters left.

        Raises what the store or the broker raised, after marking what left before the first failure
        of its key.
        """
        letters = await self._outbox.batch(BATCH)
        if not letters:
            return 0
        sent, failure = await self._send(letters)
        if sent:
            await self._outbox.mark(sent)
        if failure is not None:
            raise failure
        return len(sent)

    async def _send(self, letters: Sequence[Letter]) -> tuple[list[UUID], BaseException | None]:
        events = [letter for letter in letters if letter.destination == KAFKA]
        jobs = [letter for letter in letters if letter.destination != KAFKA]
        failure: BaseException | None = None
        sent: list[UUID] = []
        broken: set[str] = set()
        results = (
            await self._producer.send_all([kafka.Message(e.address, e.key, e.body) for e in events])
            if events
            else []
        )
        for event, error in zip(events, results, strict=True):
            if error is not None or event.key in broken:
                broken.add(event.key)
                failure = failure or error
            else:
                sent.append(event.id)
        metrics.OUTBOX_SENT.labels(KAFKA).inc(len(sent))
        if jobs and self._send_jobs is not None:
            try:
                await self._send_jobs(jobs)
                sent.extend(job.id for job in jobs)
                metrics.OUTBOX_SENT.labels("celery").inc(len(jobs))
            except Exception as error:  # events of the same batch are marked first
                failure = failure or error
        return sent, failure

    async def _measure(self) -> None:
        waiting, open_jobs = await self._outbox.depth()
        metrics.OUTBOX_DEPTH.set(waiting)
        metrics.OPEN_JOBS.set(open_jobs)

    async def _sleep(self) -> None:
        try:
            await asyncio.wait_for(self._wake.wait(), POLL_SECONDS)
        except TimeoutError:
            return
