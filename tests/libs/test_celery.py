"""Jobs through a real Celery worker (solo pool) on a real Redis."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from redis.asyncio import Redis

from deploy.local.servers import Servers
from libs import outbox, relay, tracing
from libs.job_sender import JobSender
from libs.letters import CELERY, Letter
from libs.relay import LostJobs
from tests.libs.parts import Parts, Work, at_work
from tests.libs.test_background import environment
from tests.stack import eventually

COMMAND = "celery -A tests.libs.jobs_app worker -B --pool solo --without-gossip --without-mingle"


def queue_of_its_own(parts: Parts) -> Parts:
    """The parts with another database of the same Redis as the jobs' broker."""
    url = parts.settings.redis_url.get_secret_value().removesuffix("/0") + "/7"
    changed = {"celery_broker_url": type(parts.settings.redis_url)(url)}
    return Parts(parts.settings.model_copy(update=changed), parts.database, parts.producer)


@contextmanager
def worker(parts: Parts, log: Path) -> Iterator["subprocess.Popen[bytes]"]:
    with log.open("wb") as output:
        started = subprocess.Popen(
            [sys.executable, "-m", *COMMAND.split()],
            env=os.environ | environment(parts.settings, "PARTS_"),
            stderr=output,
            stdout=subprocess.DEVNULL,
            start_new_session=True,
        )
    try:
        yield started
    finally:
        with suppress(ProcessLookupError):
            os.killpg(started.pid, signal.SIGKILL)
        started.wait()


async def done(parts: Parts, key: str, count: int = 1) -> bool:
    return [name for name, _ in await parts.effects()].count(key) >= count


async def closed(parts: Parts, count: int) -> bool:
    rows = await parts.fetch("SELECT 1 FROM outbox WHERE closed_at IS NOT NULL")
    return len(rows) == count


async def test_jobs_are_done_closed_postponed_and_repeated(parts: Parts, tmp_path: Path) -> None:
    parts = queue_of_its_own(parts)
    sender = JobSender(parts.settings.celery_broker_url.get_secret_value())
    with tracing.span("request") as trace:
        good = await parts.database.run(lambda s: outbox.enqueue(s, Work(number=2)))
    bad = await parts.database.run(lambda s: outbox.enqueue(s, Work(number=3)))
    with worker(parts, tmp_path / "log") as running:
        async with at_work(parts.relay(sender.send)):
            await eventually(lambda: closed(parts, 1), seconds=20)
            await eventually(lambda: done(parts, "ticked", 2))

            async def failed() -> bool:
                rows = await parts.fetch(
                    "SELECT attempts, error, due_at > now(), closed_at, dead_at FROM outbox "
                    "WHERE id = :id AND error IS NOT NULL",
                    id=bad,
                )
                return bool(rows) and rows[0][1:] == ("ValueError", True, None, None)

            await eventually(failed)

        # A second copy of what is done does nothing; it comes before the next job.
        again = Letter(good, CELERY, Work.type, str(good), Work(number=2).model_dump_json(), "")
        other = await parts.database.run(lambda s: outbox.enqueue(s, Work(number=4)))
        await sender.send([again, replace(again, id=other, body=Work(number=4).model_dump_json())])
        await eventually(lambda: closed(parts, 2))
        running.send_signal(signal.SIGTERM)
        assert running.wait(10) == 0
    effects = await parts.effects()
    opened = [key for key, _ in effects if key.startswith("opened")]
    assert len(opened) == 1  # one loop and one set of resources for all jobs
    assert effects[-1] == ("closed", 0)
    assert [revision for key, revision in effects if key == "worked"] == [2, 4]
    rows = await parts.fetch("SELECT trace FROM effects WHERE key = 'worked' ORDER BY seq")
    assert rows[0] == (trace,)
    assert await parts.fetch("SELECT count(*) FROM outbox WHERE begun_at IS NOT NULL") == [(2,)]


async def test_a_worker_waits_for_redis_and_the_sender_comes_back(
    parts: Parts, servers: Servers, tmp_path: Path
) -> None:
    parts = queue_of_its_own(parts)
    sender = JobSender(parts.settings.celery_broker_url.get_secret_value())
    job_id = await parts.database.run(lambda s: outbox.enqueue(s, Work()))
    job = Letter(job_id, CELERY, Work.type, "k", Work().model_dump_json(), "")
    await sender.send([job])
    servers.kill("redis")
    try:
        with worker(parts, log := tmp_path / "log") as running:

            async def refused() -> bool:
                return b"Cannot connect to redis" in log.read_bytes()

            await eventually(refused)
            async with at_work(parts.relay(sender.send)):
                await parts.change("a")
                await eventually(lambda: sent_event(parts))
                servers.start("redis")
                await eventually(lambda: closed(parts, 1), seconds=25)
            assert running.poll() is None
    finally:
        if "redis" not in servers._running:
            servers.start("redis")


async def test_beat_ends_with_a_worker_that_is_killed(parts: Parts, tmp_path: Path) -> None:
    """Or the next worker's beat would be a second one."""
    with worker(parts, tmp_path / "log") as running:
        children = await eventually(lambda: asyncio.to_thread(children_of, running.pid))
        assert len(children) == 1
        await asyncio.sleep(2)  # it is forked, and asks for its end a moment later
        running.kill()
        await eventually(lambda: asyncio.to_thread(is_gone, children[0]))


def children_of(pid: int) -> list[str]:
    return Path(f"/proc/{pid}/task/{pid}/children").read_text().split()


def is_gone(pid: str) -> bool:
    """Whether a process has ended, waited for or not."""
    try:
        return ") Z " in Path(f"/proc/{pid}/stat").read_text()
    except FileNotFoundError:
        return True


async def sent_event(parts: Parts) -> bool:
    rows = await parts.fetch(
        "SELECT 1 FROM outbox WHERE destination = 'kafka' AND sent_at IS NOT NULL"
    )
    return len(rows) == 1


async def test_a_backlog_is_not_multiplied_and_a_lost_queue_is_filled_again(
    parts: Parts, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No worker runs; scheduled runs of other jobs wait before ours."""
    monkeypatch.setattr(relay, "SWEEP_SECONDS", 0.2)
    parts = queue_of_its_own(parts)
    sender = JobSender(parts.settings.celery_broker_url.get_secret_value(), "test")
    redis = Redis.from_url(parts.settings.celery_broker_url.get_secret_value())
    await redis.flushdb()
    assert await sender.oldest() is None
    for _ in range(150):
        await asyncio.to_thread(sender._app.send_task, "test.tick", queue="test-jobs")
    assert await sender.oldest() is None
    first, second = [await parts.database.run(lambda s: outbox.enqueue(s, Work())) for _ in "ab"]
    lost = LostJobs(sender.oldest, timedelta(seconds=0.5))
    async with at_work(parts.relay(sender.send, lost=lost)):

        async def waiting(count: int) -> bool:
            return int(await redis.llen("test-jobs")) == count

        await eventually(lambda: waiting(152))
        assert await sender.oldest() == first
        await asyncio.sleep(2)  # ten sweeps
        assert await waiting(152)
        await redis.flushdb()
        await eventually(lambda: waiting(2))
        assert await sender.oldest() in {first, second}
    await redis.aclose()
