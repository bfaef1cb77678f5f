"""The platform that the story is played on: a running one, or one of its own."""

import os
import secrets
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from deploy.local import keys, ports, status
from deploy.local.places import Place

START_SECONDS = 90.0
STOP_SECONDS = 25.0


@dataclass(frozen=True)
class Platform:
    """Where it answers, and the seeded admin's password."""

    url: str
    admin_password: str


class NotReady(Exception):
    """There is no platform to play on; the message says why."""


@contextmanager
def platform() -> Iterator[Platform]:
    """This clone's running platform, or a fresh one that is gone afterwards. Raises `NotReady`."""
    place = Place.of_environment()
    state = place.running_state()
    if state is not None:
        password = os.environ.get("STUDYZED_ADMIN_PASSWORD") or keys.load(place)["admin_password"]
        yield Platform(str(state["url"]), password)
        return
    with tempfile.TemporaryDirectory(prefix="studyzed-demo-") as folder:
        Path(folder).chmod(0o711)
        with _own(Path(folder)) as made:
            yield made


@contextmanager
def _own(folder: Path) -> Iterator[Platform]:
    [port] = ports.choose(1)
    password = secrets.token_urlsafe(12)
    environment = {
        **os.environ,
        "STUDYZED_PORT": str(port),
        "STUDYZED_DATA": str(folder / "data"),
        "STUDYZED_ADMIN_PASSWORD": password,
    }
    output = folder / "up.log"
    with output.open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "deploy.local", "up"],
            env=environment,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            _wait(process, port, output)
            yield Platform(f"http://{ports.HOST}:{port}", password)
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(STOP_SECONDS)
    reset = [sys.executable, "-m", "deploy.local", "reset"]
    subprocess.run(reset, env=environment, stdout=subprocess.DEVNULL, check=False)


def _wait(process: "subprocess.Popen[bytes]", port: int, output: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while True:
        seen = status.ask(port)
        if seen is not None and seen.ready:
            return
        if process.poll() is not None or time.monotonic() > deadline:
            last = output.read_text(errors="replace")[-2_000:]
            raise NotReady(f"the platform did not become ready:\n{last}")
        time.sleep(0.1)
