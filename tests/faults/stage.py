"""One service's processes over stores of their own; whoever dies is started again.

Much lighter than a whole platform: nothing but what a campaign has to do with runs here.
"""

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
from redis.asyncio import Redis

from deploy.local import ports
from deploy.local.places import ROOT
from deploy.local.programs import CELERY, UVICORN
from libs.clock import SystemClock
from libs.crashpoint import ORDERS
from libs.kafka import ensure_topics
from libs.migrate import TOPICS
from libs.settings import prefix_of
from tests.bench.processes import variables
from tests.faults.scenario import DATABASES
from tests.stack import Stack

WORKER = "celery"
START_SECONDS = 90.0
now = SystemClock().now


class NotUp(AssertionError):
    """A process does not come up."""


@dataclass(frozen=True, slots=True)
class Cast:
    """Whose processes: a service's, with a module that holds its Celery app."""

    service: str
    settings: type[Any]
    worker: str

    @property
    def background(self) -> str:
        """The name of its background process."""
        return f"{self.service}-background"

    @property
    def programs(self) -> tuple[str, str, str]:
        """HTTP, background and worker."""
        return self.service, self.background, WORKER


@dataclass
class Outage:
    """When a program was not there; `until` is `None` while it is not."""

    program: str
    since: datetime
    until: datetime | None = None

    def overlap(self, since: datetime, until: datetime) -> float:
        """Seconds of it that lie between two moments."""
        end = min(until, self.until or until)
        return max(0.0, (end - max(since, self.since)).total_seconds())


class Life:
    """One process, which is nobody's child here. Raises `ProcessLookupError` when it is gone."""

    def __init__(self, pid: int) -> None:
        self._handle = os.pidfd_open(pid)
        self._gone = asyncio.Event()
        asyncio.get_running_loop().add_reader(self._handle, self._end)

    @property
    def lives(self) -> bool:
        """Whether it does."""
        return not self._gone.is_set()

    def kill(self) -> bool:
        """Ends it as a power cut would; false when it is gone."""
        if self.lives:
            signal.pidfd_send_signal(self._handle, signal.SIGKILL)
        return self.lives

    async def end(self) -> None:
        """Waits for its end."""
        await self._gone.wait()

    def _end(self) -> None:
        asyncio.get_running_loop().remove_reader(self._handle)
        os.close(self._handle)
        self._gone.set()


@dataclass
class Stage:
    """The processes, where they listen, and when they were not there."""

    cast: Cast
    settings: Any
    """Of the cast's class."""
    folder: Path
    port: int
    probe: int
    forks: asyncio.subprocess.Process
    outages: list[Outage] = field(default_factory=list)
    running: dict[str, Life] = field(default_factory=dict)
    _asking: asyncio.Lock = field(default_factory=asyncio.Lock)

    @property
    def url(self) -> str:
        """The HTTP process's origin."""
        return f"http://{ports.HOST}:{self.port}"

    def is_ready(self) -> bool:
        """Whether everybody is there."""
        return all(one.until is not None for one in self.outages)

    def is_rested(self) -> bool:
        """Whether everybody has been there for half as long as a start takes: on a machine on which
        starts are slow, too, students are to get some work done.
        """
        ends = [one.until for one in self.outages if one.until is not None]
        if not self.is_ready() or not ends:
            return False
        return (now() - max(ends)).total_seconds() >= self.slowest_start / 2

    @property
    def slowest_start(self) -> float:
        """Seconds from the end of one process to where the next one serves, at most so far."""
        return max((one.overlap(one.since, one.until) for one in self.outages if one.until),
                   default=0.0)  # fmt: skip

    def down(self, since: datetime, until: datetime) -> float:
        """For how many seconds between two moments the background process was not there."""
        found = [one for one in self.outages if one.program == self.cast.background]
        return sum(one.overlap(since, until) for one in found)

    def kill(self, program: str) -> bool:
        """Ends a program as a power cut would; false when it is not there."""
        life = self.running.get(program)
        return life is not None and life.kill()

    async def keep(self, program: str) -> None:
        """Runs a program for ever."""
        outage = Outage(program, now())
        self.outages.append(outage)
        while True:
            life = self.running[program] = await self._fork(program)
            if await self._comes_up(program, life):
                outage.until = now()
                await life.end()
                outage = Outage(program, now())
                self.outages.append(outage)

    async def until_ready(self) -> None:
        """Waits for everybody. Raises `NotUp`."""
        try:
            async with asyncio.timeout(START_SECONDS):
                while len(self.outages) < len(self.cast.programs) or not self.is_ready():  # noqa: ASYNC110
                    await asyncio.sleep(0.05)
        except TimeoutError:
            raise NotUp(self.said()) from None

    def said(self) -> str:
        """The last words of all processes."""
        logs = sorted(self.folder.glob("*.log"))
        return "\n".join(f"{log.stem}: {log.read_text()[-1_500:]}" for log in logs)

    async def _fork(self, program: str) -> Life:
        service = self.cast.service
        app = f"{service}.app:create_app"
        command = {
            service: ["uvicorn", app, "--factory", *UVICORN, "--port", str(self.port)],
            self.cast.background: [f"{service}.background"],
            WORKER: ["celery", "-A", self.cast.worker, *CELERY],
        }[program]
        order = json.dumps([str(self.folder / f"{program}.log"), *command]) + "\n"
        assert self.forks.stdin is not None
        assert self.forks.stdout is not None
        while True:
            async with self._asking:
                self.forks.stdin.write(order.encode())
                pid = int(await self.forks.stdout.readline())
            with suppress(ProcessLookupError):
                return Life(pid)

    async def _comes_up(self, program: str, life: Life) -> bool:
        """Waits until it serves, or has died again. Nobody asks the worker: it takes what waits."""
        if program == WORKER:
            return True
        port, path = (
            (self.port, "/healthz") if program == self.cast.service else (self.probe, "/readyz")
        )
        async with httpx.AsyncClient(base_url=f"http://{ports.HOST}:{port}", timeout=5) as web:
            while life.lives:
                try:
                    if (await web.get(path)).status_code == 200:
                        return True
                except httpx.TransportError:
                    pass
                await asyncio.sleep(0.05)
        return False


@asynccontextmanager
async def open_stage(
    stack: Stack, cast: Cast, folder: Path, tree: Path = ROOT, port: int = 0, **more: Any
) -> AsyncIterator[Stage]:
    """A stage whose processes are up; the sources are those of a tree, `more` are settings. The
    service listens on a port, or on any. Raises `NotUp`.
    """
    redis_url = f"{stack.servers.redis_url.rpartition('/')[0]}/{next(DATABASES)}"
    urls = {"redis_url": redis_url, "celery_broker_url": redis_url}
    settings = await stack.settings_for(cast.settings, cast.service, **urls | more)
    async with Redis.from_url(redis_url) as queue:
        await queue.flushdb()
    await ensure_topics(settings, TOPICS)
    any_port, probe = ports.choose(2)
    orders = folder / "orders"
    orders.mkdir()
    arming = {ORDERS: str(orders), f"{prefix_of(cast.settings)}PROBE_PORT": str(probe)}
    async with _forks(cast, folder, tree, variables(settings) | arming) as forks:
        stage = Stage(cast, settings, folder, port or any_port, probe, forks)
        keeping = [asyncio.create_task(stage.keep(name)) for name in cast.programs]
        try:
            await stage.until_ready()
            yield stage
        finally:
            for task in keeping:
                task.cancel()
            await asyncio.gather(*keeping, return_exceptions=True)
            for life in stage.running.values():
                life.kill()
                await life.end()


@asynccontextmanager
async def _forks(
    cast: Cast, folder: Path, tree: Path, environment: dict[str, str]
) -> AsyncIterator[asyncio.subprocess.Process]:
    with (folder / "forks.log").open("ab") as log:
        made = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.faults.forks", cast.service, cast.worker,
            cwd=tree, env=os.environ | environment, stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE, stderr=log,
        )  # fmt: skip
    assert made.stdout is not None
    try:
        if await made.stdout.readline() != b"ready\n":
            raise NotUp((folder / "forks.log").read_text())
        yield made
    finally:
        made.kill()
        await made.wait()
