"""One whole platform for the end-to-end tests, started as a person would."""

import asyncio
import os
import signal
import subprocess
import sys
import time
import xmlrpc.client
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from deploy.local import ports, status
from deploy.local.places import Place
from deploy.local.supervision import Transport
from tests.stack import eventually

ROOT = Path(__file__).parents[2]
START_SECONDS = 120.0
ADMIN_PASSWORD = "end to end, every day"  # pragma: allowlist secret


@dataclass
class Platform:
    """A running `make up`."""

    url: str
    environment: dict[str, str]
    process: "subprocess.Popen[bytes]"
    data: Path

    def run(self, *command: str, seconds: float = 100) -> "subprocess.CompletedProcess[str]":
        """Runs one of the project's own commands beside it."""
        return subprocess.run(
            [sys.executable, "-m", *command],
            cwd=ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=seconds,
            check=False,
        )

    async def kill(self, program: str) -> None:
        """Ends one of its processes without a word, as soon as it runs; it is started again."""
        place = Place(self.data)
        pid = await eventually(lambda: asyncio.to_thread(pid_of, place, program), 30)
        os.kill(pid, signal.SIGKILL)

    def processes(self) -> list[str]:
        """Command lines of all processes that carry this platform's data folder."""
        mark = f"STUDYZED_DATA={self.data}".encode()
        found = []
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                if mark in (folder / "environ").read_bytes():
                    found.append((folder / "cmdline").read_bytes().replace(b"\0", b" ").decode())
            except OSError:
                continue  # it ended while we looked
        return found


def pid_of(place: Place, program: str) -> int:
    """The process of one of supervisord's programs; 0 while it does not run."""
    server: Any = xmlrpc.client.ServerProxy("http://local", Transport(place.socket))
    found = {one["name"]: one["pid"] for one in server.supervisor.getAllProcessInfo()}
    return int(found[program])


def start(data: Path, **extra: str) -> Platform:
    """Starts a platform on a free port and waits until all its parts are ready."""
    [port] = ports.choose(1)
    environment = {
        **os.environ,
        "STUDYZED_PORT": str(port),
        "STUDYZED_DATA": str(data),
        "STUDYZED_ADMIN_PASSWORD": ADMIN_PASSWORD,
        **extra,
    }
    output = data.with_suffix(".log")
    with output.open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "deploy.local", "up"],
            cwd=ROOT,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    deadline = time.monotonic() + START_SECONDS
    while True:
        seen = status.ask(port)
        if seen is not None and seen.ready:
            break
        if process.poll() is not None or time.monotonic() > deadline:
            process.kill()
            raise AssertionError(f"not ready: {seen}\n{output.read_text()[-3_000:]}")
        time.sleep(0.1)
    return Platform(f"http://{ports.HOST}:{port}", environment, process, data)


def stop(platform: Platform) -> float:
    """Ctrl-C; returns how long the end took, in seconds."""
    begun = time.monotonic()
    platform.process.send_signal(signal.SIGINT)
    platform.process.wait(30)
    return time.monotonic() - begun


@pytest.fixture(scope="package")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    """A platform with a small web client to serve. Idle it still costs a third of a core, so it
    does not outlive these tests; one worker runs them all (`tests/units.py`).
    """
    folder = tmp_path_factory.mktemp("platform")
    spa = folder / "client"
    spa.mkdir()
    (spa / "index.html").write_text("<!doctype html><title>the client</title>")
    made = start(folder / "data", SPA_DIR=str(spa))
    yield made
    if made.process.poll() is None:
        stop(made)
    made.run("deploy.local", "reset")
