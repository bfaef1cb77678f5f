"""Processes of a bench run: our services, the bare programs and the drivers; all end with it."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import httpx
from pydantic import SecretStr
from pydantic_core import to_json

from deploy.local import ports
from libs.settings import CoreSettings, prefix_of
from tests.bench.load import Plan, Seen

ROOT = Path(__file__).parents[2]
READY_SECONDS = 90.0
UVICORN = (
    "--factory", "--host", "127.0.0.1", "--loop", "uvloop", "--http", "httptools",
    "--ws", "websockets-sansio", "--ws-per-message-deflate", "false", "--no-access-log",
    "--log-level", "warning", "--timeout-graceful-shutdown", "2",
)  # fmt: skip
"""As the platform starts its HTTP processes."""


class Failed(Exception):
    """A process did not start, or a driver did not finish."""


@dataclass(frozen=True)
class Target:
    """A process that is measured: where it listens and which process it is."""

    name: str
    port: int
    pid: int

    @property
    def url(self) -> str:
        """Its origin."""
        return f"http://127.0.0.1:{self.port}"


def variables(settings: CoreSettings) -> dict[str, str]:
    """Settings as the environment variables that would make them."""
    found = {}
    for name, value in settings:
        plain = value.get_secret_value() if isinstance(value, SecretStr) else value
        if plain is not None:
            text = to_json(plain).decode() if isinstance(plain, tuple) else str(plain)
            found[f"{prefix_of(type(settings))}{name.upper()}"] = text
    return found


class Processes:
    """Starts processes and ends them all; what they print goes to files in `folder`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._running: list[subprocess.Popen[bytes]] = []

    async def serve(self, name: str, factory: str, environment: Mapping[str, str]) -> Target:
        """An application in uvicorn, ready to answer. Raises `Failed`."""
        [port] = ports.choose(1)
        arguments = ("-m", "uvicorn", factory, "--port", str(port), *UVICORN)
        process = self.start(name, arguments, environment)
        target = Target(name, port, process.pid)
        await self._answers(process, target, "/healthz")
        return target

    async def background(
        self, name: str, module: str, environment: Mapping[str, str], prefix: str
    ) -> Target:
        """A background process, at work; `module` may carry an argument. Raises `Failed`."""
        [port] = ports.choose(1)
        probe = {f"{prefix}_PROBE_PORT": str(port)}
        process = self.start(name, ("-m", *module.split()), {**environment, **probe})
        target = Target(name, port, process.pid)
        await self._answers(process, target, "/readyz")
        return target

    def start(
        self, name: str, arguments: Sequence[str], environment: Mapping[str, str]
    ) -> "subprocess.Popen[bytes]":
        """A Python process that runs until the end of the bench."""
        with (self._folder / f"{name}.log").open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, *arguments],
                cwd=ROOT,
                env={**os.environ, **environment},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        self._running.append(process)
        return process

    async def _answers(self, process: "subprocess.Popen[bytes]", target: Target, path: str) -> None:
        deadline = time.monotonic() + READY_SECONDS
        async with httpx.AsyncClient(base_url=target.url) as client:
            while True:
                try:
                    if (await client.get(path)).status_code == 200:
                        return
                except httpx.TransportError:
                    await asyncio.sleep(0.02)
                if process.poll() is not None or time.monotonic() > deadline:
                    raise Failed(f"{target.name} did not start: {self.said(target.name)[-1_500:]}")
                await asyncio.sleep(0.02)

    def said(self, name: str) -> str:
        """What a process has printed so far."""
        return (self._folder / f"{name}.log").read_text(errors="replace")

    def stop(self, *targets: Target) -> None:
        """Ends processes."""
        self._end([one for one in self._running if one.pid in {t.pid for t in targets}])

    def close(self, patience: float = 6.0) -> None:
        """Ends all; kills what is not gone after `patience` seconds."""
        self._end(list(self._running), patience)

    def _end(self, processes: Sequence["subprocess.Popen[bytes]"], patience: float = 6.0) -> None:
        for process in processes:
            process.send_signal(signal.SIGTERM)
        for process in processes:
            try:
                process.wait(patience)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            self._running.remove(process)


async def drive(module: str, plan: Any) -> Any:
    """Runs a driver with a plan (JSON) on its standard input; returns what it says (JSON).

    Raises `Failed`.
    """
    driver = await asyncio.create_subprocess_exec(
        sys.executable, "-m", module,
        cwd=ROOT,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    try:
        said, wrong = await driver.communicate(json.dumps(plan).encode())
    except BaseException:
        driver.kill()
        raise
    if driver.returncode != 0:
        raise Failed(f"{module} failed: {wrong.decode(errors='replace')[-1_500:]}")
    return json.loads(said)


async def load(plan: Plan) -> Seen:
    """Runs the HTTP driver. Raises `Failed`, also when an answer has another status."""
    seen = Seen(**await drive("tests.bench.load", asdict(plan)))
    if seen.wrong or not seen.answered:
        raise Failed(f"{plan.requests[0][:2]}: {seen.statuses} instead of {plan.expect} only")
    return seen
