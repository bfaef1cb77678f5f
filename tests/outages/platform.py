"""session_service and notification_service as processes: HTTP and background of each."""

import asyncio
import os
import re
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from pydantic import SecretStr

from deploy.local import ports
from deploy.local.definitions import LAUNCHER
from libs.kafka import ensure_topics
from libs.migrate import TOPICS
from libs.settings import CoreSettings
from notification_service.settings import Settings as NotificationSettings
from session_service.settings import Settings as SessionSettings
from tests.outages.ground import Ground
from tests.stack import Stack, eventually

READY_SECONDS = 60.0
SERVICES = ("session_service", "notification_service")
Child = asyncio.subprocess.Process


@dataclass
class Platform:
    """Four processes and their servers."""

    ground: Ground
    stack: Stack
    session: SessionSettings
    notification: NotificationSettings
    ports: dict[str, int]
    folder: Path
    client: httpx.AsyncClient
    children: dict[str, Child] = field(default_factory=dict)

    def url(self, name: str) -> str:
        """Where a process answers: a service's name, or that with `-background`."""
        return f"http://{ports.HOST}:{self.ports[name]}"

    async def start(self, name: str, **environment: str) -> None:
        """Starts a process; its log goes to a file of its name."""
        service = name.removesuffix("-background")
        settings = self.session if service == "session_service" else self.notification
        module = ["uvicorn", f"{service}.app:create_app", "--factory", "--host", ports.HOST]
        module += ["--port", str(self.ports[name]), "--loop", "uvloop", "--no-access-log"]
        module += ["--timeout-keep-alive", "150"]  # longer than our client's, as in the platform
        if name != service:
            module = [f"{service}.background"]
            environment["PROBE_PORT"] = str(self.ports[name])
        prefix = service.removesuffix("_service").upper()
        named = variables(settings) | environment
        with (self.folder / f"{name}.log").open("ab") as log:
            self.children[name] = await asyncio.create_subprocess_exec(
                *[sys.executable, "-I", "-S", str(LAUNCHER), "SIGKILL", sys.executable, "-m"],
                *module,
                env={**os.environ, **{f"{prefix}_{key}": value for key, value in named.items()}},
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )

    async def stop(self, name: str) -> None:
        """SIGTERM, and SIGKILL if that is not enough."""
        child = self.children.pop(name)
        if child.returncode is None:
            child.send_signal(signal.SIGTERM)
        try:
            await asyncio.wait_for(child.wait(), 20)
        except TimeoutError:
            child.kill()
            await child.wait()

    async def bring_broker_back(self) -> None:
        """Starts the broker. One that keeps nothing gets its topics and then its clients anew, as
        in `make up`: relays and consumers are stopped first, and then publish again.
        """
        names = [f"{service}-background" for service in SERVICES]
        if self.ground.servers.broker_keeps_log:
            await self.ground.start("kafka")
            return
        await asyncio.gather(*(self.stop(name) for name in names))
        await self.ground.start("kafka")
        await ensure_topics(self.session, TOPICS)
        for name in names:
            await self.start(name, OUTBOX_REPLAY_HOURS="24")

    async def ready(self) -> None:
        """Waits until each process says that it is ready."""
        for name in self.ports:
            await eventually(lambda name=name: self.is_ready(name), READY_SECONDS, every=0.1)  # type: ignore[misc]

    async def is_ready(self, name: str) -> bool:
        """What a process says of itself."""
        try:
            answer = await self.client.get(f"{self.url(name)}/readyz")
        except httpx.HTTPError:
            return False
        return answer.status_code == 200

    async def metric(self, name: str, metric: str) -> float:
        """The sum of a metric's samples in a process; 0 when it does not answer."""
        try:
            answer = await self.client.get(f"{self.url(name)}/metrics")
        except httpx.HTTPError:
            return 0.0
        samples = re.findall(rf"^{metric}(?:{{.*}})? (\S+)$", answer.text, re.MULTILINE)
        return sum(map(float, samples))


def variables(settings: CoreSettings) -> dict[str, str]:
    """Settings as variables, without the service's prefix."""
    found: dict[str, Any] = {name.upper(): value for name, value in settings if value is not None}
    return {
        name: value.get_secret_value() if isinstance(value, SecretStr) else str(value)
        for name, value in found.items()
    }


@asynccontextmanager
async def open_platform(ground: Ground, stack: Stack, folder: Path) -> AsyncIterator[Platform]:
    """Runs the processes until the block ends, and drops their databases."""
    async with stack.passing(), _processes(ground, stack, folder) as made:
        yield made


@asynccontextmanager
async def _processes(ground: Ground, stack: Stack, folder: Path) -> AsyncIterator[Platform]:
    session = await stack.settings_for(SessionSettings, "session_service")
    notification = await stack.settings_for(
        NotificationSettings,
        "notification_service",
        kafka_topic_prefix=session.kafka_topic_prefix,
        mongo_timeout_ms=1_000,  # else a request would wait a short outage out, and none fail
        fcm_project="studyzed-test",
        fcm_url="http://127.0.0.1:9",
    )
    await ensure_topics(session, TOPICS)
    names = [name for service in SERVICES for name in (service, f"{service}-background")]
    numbers = dict(zip(names, ports.choose(len(names)), strict=True))
    async with httpx.AsyncClient(timeout=30, limits=httpx.Limits(max_connections=50)) as client:
        made = Platform(ground, stack, session, notification, numbers, folder, client)
        try:
            for name in names:
                await made.start(name)
            await made.ready()
            yield made
        finally:
            await asyncio.gather(*(made.stop(name) for name in list(made.children)))
