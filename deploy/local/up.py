"""`make up`: starts the platform in stages, watches over it, and stops it in order."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from deploy.local import environment, keys, ports, postgres_folder, preflight, programs, status
from deploy.local import report as reports
from deploy.local.definitions import Broker, Server, define
from deploy.local.places import ROOT, Place
from deploy.local.supervision import Event, Gone, Supervisord, adopt_orphans

READY_SECONDS = 120.0
SERVER_SECONDS = 30.0
STOP_SECONDS = 18.5
IDLE_SECONDS = 5.0
TRIES = 3
BAD_SETTINGS = "exit status 78"
"""How a service ends that refuses its settings (EX_CONFIG): to try again is pointless."""
REPLAY_HOURS = "24"
LAST_LINES = 15
TAIL_BYTES = 8_000
PORT_TAKEN = "address already in use"
"""What each of the programs says about its port, in lower case."""


class Failed(Exception):
    """The platform did not come up; the message says which part and why."""


class PortLost(Failed):
    """Somebody took a port between its choice and its use."""


class Interrupted(BaseException):
    """Ctrl-C, `make down` or the end of the terminal."""


class Platform:
    """One running platform; `broker` defines what speaks Kafka's protocol instead of our own."""

    def __init__(self, place: Place, gateway_port: int, broker: Broker | None = None) -> None:
        self._place, self._broker = place, broker
        self._begun = time.monotonic()
        chosen = dict(zip(environment.PORTS, ports.choose(len(environment.PORTS)), strict=True))
        fresh = not place.keys.exists()
        self.layout = environment.Layout(
            ports=chosen,
            keys=keys.load(place),
            data=place.data,
            gateway_port=gateway_port,
            admin_password=os.environ.get("STUDYZED_ADMIN_PASSWORD", ""),
            apache_kafka=broker is not None,
        )
        if fresh:
            # Secrets are new, so a cluster that a deleted data folder left elsewhere is locked.
            postgres_folder.wipe(place.data)
        self.environment = {**os.environ, **environment.build(self.layout)}
        self._supervisord = Supervisord(place)
        self._servers: dict[str, Server] = {}
        self._up: set[str] = set()
        self._log_begins = {log: log.stat().st_size for log in place.logs.glob("*.log")}
        self._spa = preflight.client_folder(os.environ)

    def start(self) -> None:
        """Runs all stages. Raises `Failed`, `PortLost` or `Gone`."""
        with _step("servers"):
            self._prepare()
            self._supervisord.start(self.environment)
            self._supervisord.start_group(programs.SERVERS)
            self._await("servers", self._servers_ready, SERVER_SECONDS)
        with _step("databases and roles"):
            superuser = {"STUDYZED_POSTGRES_URL": self.layout.superuser_url}
            self._python("deploy.local.provision", extra=superuser)
        with _step("migrations, indexes, topics"):
            self._python("libs.migrate", "--replay", REPLAY_HOURS)
        with _step("services"):
            self._supervisord.start_group(programs.APPS)
            self._supervisord.start_group(programs.GATEWAY)
            self._await("the platform", self._all_ready, READY_SECONDS)
        url = self.layout.url
        self._place.write_private(
            self._place.state, {"url": url, "environment": environment.build(self.layout)}
        )
        reports.show(self._place, self.layout, time.monotonic() - self._begun)

    def watch(self) -> None:
        """Tells of every process that dies; brings the broker back. Ends by an exception only."""
        while True:
            for event in self._supervisord.events(IDLE_SECONDS):
                self._tell(event)
                if event.name == "kafka" and not self._broker:
                    self._recover_broker()

    def stop(self) -> None:
        """Stops everything in order, within `STOP_SECONDS`."""
        self._place.state.unlink(missing_ok=True)
        killed = self._supervisord.stop(STOP_SECONDS)
        if killed:
            say(f"{killed} processes did not stop in time and were killed")

    def _prepare(self) -> None:
        password, chosen = self.layout.keys["postgres_password"], self.layout.ports
        for name in environment.SERVERS:
            self._servers[name] = define(
                name, self._place.data, chosen[name], durable=True, password=password
            )
        if self._broker is not None:
            self._servers["kafka"] = self._broker(self._place.data / "kafka", chosen["kafka"])
        routes = ROOT / "deploy/local/routes.caddy"
        gateway = programs.gateway(environment.gateway(self.layout, routes, self._spa))
        apps = programs.applications(self.layout.ports)
        servers = [programs.of_server(server) for server in self._servers.values()]
        text = programs.configuration([*servers, *apps, gateway], self._place)
        self._place.configuration.write_text(text)

    def _servers_ready(self) -> bool:
        self._up |= {name for name, server in self._servers.items() if server.is_ready()}
        return len(self._up) == len(self._servers)

    def _all_ready(self) -> bool:
        if ports.is_free(self.layout.ports["vendors"]):
            return False  # the portal is not up yet; the gateway would log a failure
        found = status.ask(self.layout.gateway_port)
        return found is not None and found.ready

    def _await(self, what: str, done: Callable[[], bool], seconds: float) -> None:
        """Waits, and meanwhile tells which processes die."""
        deadline = time.monotonic() + seconds
        pause = 0.02 if what == "servers" else 0.2
        while not done():
            for event in self._supervisord.events(pause):
                self._tell(event)
                self._refuse_hopeless(event)
                if event.name == "kafka" and what != "servers" and not self._broker:
                    self._recover_broker()
            if time.monotonic() > deadline:
                raise Failed(f"{what} did not become ready within {seconds:.0f} s{self._missing()}")

    def _missing(self) -> str:
        found = status.ask(self.layout.gateway_port)
        waiting = found.waiting if found else {}
        return "".join(f"\n  {name}: {detail}" for name, detail in waiting.items())

    def _refuse_hopeless(self, event: Event) -> None:
        tail = self._tail(event.name)
        if PORT_TAKEN in tail.lower():
            raise PortLost(f"{event.name} lost its port to another program")
        if event.what == "gave up" or BAD_SETTINGS in event.how:
            raise Failed(f"{event.name} cannot start; its log is {self._place.log(event.name)}")

    def _tell(self, event: Event) -> None:
        ending = "was given up" if event.what == "gave up" else "ended and is started again"
        say(f"{event.name} {ending} ({event.how}); the last lines of its log:")
        for line in self._tail(event.name).splitlines():
            say(f"    {line}")

    def _tail(self, name: str) -> str:
        log = self._place.log(name)
        if not log.exists():
            return ""
        with log.open("rb") as file:
            file.seek(self._tail_begin(log))
            lines = file.read().decode(errors="replace").splitlines()
        return "\n".join(lines[-LAST_LINES:])

    def _tail_begin(self, log: Path) -> int:
        """Where the end of a log begins; what an earlier run wrote is not part of it."""
        size, begin = log.stat().st_size, self._log_begins.get(log, 0)
        return max(begin if begin <= size else 0, size - TAIL_BYTES)

    def _python(self, module: str, *arguments: str, extra: Mapping[str, str] | None = None) -> None:
        """Runs a module of ours to its end. Raises `Failed` with what it said."""
        done = subprocess.run(
            [sys.executable, "-m", module, *arguments],
            env={**self.environment, **(extra or {})},
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            words = (done.stdout + done.stderr).strip()
            raise Failed(f"`python -m {module}` failed with {done.returncode}:\n{words[-3_000:]}")

    def _recover_broker(self) -> None:
        """The broker keeps nothing: it comes back empty, gets its topics, and then its clients.

        They are stopped first, so that no relay meets a broker without topics and no consumer
        waits at an offset that is past the new log's end. What the broker has forgotten is marked
        as unsent while no relay runs: one that dies at its start cannot forget to do it.
        """
        with _step("kafka and its clients again"):
            self._supervisord.stop_programs(programs.APPS, programs.BACKGROUNDS)
            self._prepare_broker(time.monotonic() + SERVER_SECONDS)
            for name in programs.BACKGROUNDS:
                self._supervisord.start_program(programs.APPS, name)

    def _prepare_broker(self, deadline: float) -> None:
        """Topics and replay, tried again while another server is away, too. Raises `Failed`."""
        while True:
            self._supervisord.start_program(programs.SERVERS, "kafka")
            try:
                if all(server.is_ready() for server in self._servers.values()):
                    self._python("libs.migrate", "--topics", "--replay", REPLAY_HOURS)
                    return
            except Failed:
                if time.monotonic() > deadline:
                    raise
            if time.monotonic() > deadline:
                raise Failed("kafka or a store does not come back")
            time.sleep(0.1)


def run(place: Place, broker: Broker | None = None) -> int:
    """Runs the platform until it is told to stop; returns the exit status."""
    try:
        preflight.python()
        preflight.data_folder(place)
        lock = place.hold()
        if lock is None:
            raise preflight.Refused(
                f"StudyZed already runs with {place.data}: stop it with `make down`, "
                "or name another folder and port with STUDYZED_DATA and STUDYZED_PORT."
            )
        preflight.nobody_left(place)
        preflight.disk_space(place)
        preflight.gateway_port(os.environ)
        preflight.client_folder(os.environ)
    except preflight.Refused as refusal:
        say(str(refusal))
        return 1
    adopt_orphans()
    with lock:
        return _attempts(place, broker)


def _attempts(place: Place, broker: Broker | None) -> int:
    for _ in range(TRIES):
        try:
            return _once(place, broker)
        except PortLost as lost:
            say(f"{lost}; starting again with other ports")
    return 1


def _once(place: Place, broker: Broker | None) -> int:
    """One start, one life, one stop."""
    _on_signals(_interrupt)
    platform = None
    try:
        platform = Platform(place, preflight.gateway_port(os.environ), broker)
        platform.start()
        platform.watch()
    except Interrupted:
        say("stopping")
        return 0
    except PortLost:
        raise
    except (Failed, Gone, preflight.Refused, keys.Unreadable, postgres_folder.Unusable) as failure:
        say(f"{failure}")
        return 1
    finally:
        _on_signals(signal.SIG_IGN)  # the stop is not to be interrupted by impatience
        if platform is not None:
            begun = time.monotonic()
            platform.stop()
            say(f"stopped in {time.monotonic() - begun:.1f} s")
    return 0


def _on_signals(action: Callable[[int, FrameType | None], None] | signal.Handlers) -> None:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, action)


def _interrupt(number: int, frame: FrameType | None) -> None:  # noqa: ARG001
    raise Interrupted


@contextmanager
def _step(name: str) -> Iterator[None]:
    """Prints a line with the time that a step took."""
    begun = time.monotonic()
    yield
    say(f"{name:<28} {time.monotonic() - begun:5.1f} s")


def say(line: str) -> None:
    """Prints one line at once, even into a pipe."""
    print(line, flush=True)
