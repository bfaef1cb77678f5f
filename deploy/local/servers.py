"""The servers of the local stack as children of this process.

For tests and for commands that need a throw-away stack; `make up` runs the same definitions under
its supervisor.
"""

import os
import secrets
import shutil
import subprocess
import tempfile
import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

from deploy.local import ports, postgres_folder
from deploy.local.definitions import NAMES, Broker, Failed, Server, define

READY_SECONDS = 30.0
STOP_SECONDS = 10.0
TRIES = 4


class Servers:
    """Runs some of the servers on free ports until the `with` block ends.

    None survives the block, or the death of this process. Enter it from a thread that lives as
    long as the servers are wanted: the kernel ends them with that thread. `broker` defines what
    speaks Kafka's protocol instead of our own broker; it is taken to keep its log over a restart.
    """

    def __init__(
        self,
        directory: Path,
        names: Collection[str] = NAMES,
        durable: bool = False,
        broker: Broker | None = None,
    ) -> None:
        unknown = set(names) - set(NAMES)
        if unknown:
            raise ValueError(f"unknown servers: {', '.join(sorted(unknown))}")
        self.directory = directory
        self.names = [name for name in NAMES if name in names]
        self.ports: dict[str, int] = {}
        self.broker_keeps_log = broker is not None
        self._durable = durable
        self._broker = broker
        self._defined: dict[str, Server] = {}
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        self.postgres_password = ""

    def __enter__(self) -> Self:
        self.directory.mkdir(parents=True, exist_ok=True)
        self.postgres_password = self._kept_password()
        try:
            self._start_all()
        except BaseException:
            self._end()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._end()

    @property
    def postgres_superuser_url(self) -> str:
        """URL of the superuser, who may make databases and roles."""
        user = postgres_folder.SUPERUSER
        return f"postgresql://{user}:{self.postgres_password}@{ports.HOST}:{self.ports['postgres']}/postgres"

    @property
    def redis_url(self) -> str:
        """The first database of Valkey."""
        return f"redis://{ports.HOST}:{self.ports['redis']}/0"

    @property
    def kafka_bootstrap(self) -> str:
        """Host and port of the broker."""
        return f"{ports.HOST}:{self.ports['kafka']}"

    @property
    def mongo_url(self) -> str:
        """The Mongo server, without a database."""
        return f"mongodb://{ports.HOST}:{self.ports['mongo']}/"

    def start(self, name: str) -> None:
        """Starts a stopped server on its old port and waits until it serves. Raises `Failed`."""
        for attempt in range(TRIES):
            self._spawn(name)
            try:
                self._wait(name)
            except Failed:
                # After a kill PostgreSQL's children need a moment to notice; until then it
                # refuses to start.
                if attempt == TRIES - 1:
                    raise
                time.sleep(0.3)
            else:
                return

    def stop(self, name: str) -> None:
        """Stops a server in the orderly way; kills it if that takes more than ten seconds."""
        self._signal_all([name])
        self._reap(name)

    def kill(self, name: str) -> None:
        """Ends a server as a crash would (SIGKILL) and waits for its end."""
        self._running[name].kill()
        self._reap(name)

    def _start_all(self) -> None:
        for attempt in range(TRIES):
            self.ports = dict(zip(self.names, ports.choose(len(self.names)), strict=True))
            try:
                # PostgreSQL last: making its data folder takes 0.4 s, in which the others start.
                for name in reversed(self.names):
                    self._define(name)
                    self._spawn(name)
                for name in self.names:
                    self._wait(name)
            except Failed:
                self._stop_all()
                if attempt == TRIES - 1 or not any(map(self._lost_its_port, self.names)):
                    raise
            else:
                return

    def _define(self, name: str) -> None:
        if name == "kafka" and self._broker is not None:
            self._defined[name] = self._broker(self.directory / name, self.ports[name])
            return
        self._defined[name] = define(
            name,
            self.directory,
            self.ports[name],
            durable=self._durable,
            password=self.postgres_password,
        )

    def _spawn(self, name: str) -> None:
        server = self._defined[name]
        with self._log(name).open("ab") as output:
            self._running[name] = subprocess.Popen(
                server.command(),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # Ctrl-C at the terminal is for the tests, not for these
                env={**os.environ, **server.environment},
            )

    def _wait(self, name: str) -> None:
        process, server = self._running[name], self._defined[name]
        deadline = time.monotonic() + READY_SECONDS
        while not server.is_ready():
            if process.poll() is not None:
                raise Failed(f"{name} ended with {process.returncode}: {self._last_words(name)}")
            if time.monotonic() > deadline:
                raise Failed(
                    f"{name} was not ready after {READY_SECONDS:.0f} s: {self._last_words(name)}"
                )
            time.sleep(0.01)

    def _log(self, name: str) -> Path:
        return self.directory / f"{name}.log"

    def _last_words(self, name: str) -> str:
        return self._log(name).read_text(errors="replace")[-800:].strip()

    def _lost_its_port(self, name: str) -> bool:
        return self._log(name).exists() and "in use" in self._last_words(name).lower()

    def _signal_all(self, names: Collection[str]) -> None:
        for name in names:
            if name in self._running and self._running[name].poll() is None:
                self._running[name].send_signal(self._defined[name].stop)

    def _reap(self, name: str) -> None:
        process = self._running.pop(name, None)
        if process is None:
            return
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def _stop_all(self) -> None:
        names = list(self._running)
        if self._durable:
            self._signal_all(names)
        else:  # nothing here is worth a checkpoint; PostgreSQL still clears its shared memory away
            for name in names:
                self._running[name].send_signal(self._defined[name].death)
        for name in names:
            self._reap(name)

    def _end(self) -> None:
        self._stop_all()
        if not self._durable and postgres_folder.is_root() and "postgres" in self.names:
            postgres_folder.wipe(self.directory)

    def _kept_password(self) -> str:
        kept = self.directory / "postgres.password"
        if not kept.exists():
            kept.touch(0o600)
            kept.write_text(secrets.token_hex(24))
        return kept.read_text()


@contextmanager
def throw_away(names: Collection[str]) -> Iterator[Servers]:
    """Runs servers in a new temporary folder that is removed afterwards."""
    directory = Path(tempfile.mkdtemp(prefix="studyzed-"))
    try:
        with Servers(directory, names) as servers:
            yield servers
    finally:
        shutil.rmtree(directory, ignore_errors=True)
