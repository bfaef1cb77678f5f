"""supervisord as a child: started, told what to do over its socket, and listened to.

What happens to a process is read from supervisord's own log lines on a pipe, so nothing has to poll
and even a restart between two looks is seen. The version is pinned; the lines are tested.
"""

import ctypes
import http.client
import os
import re
import select
import signal
import socket
import subprocess
import sys
import time
import xmlrpc.client
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from deploy.local import processes
from deploy.local.definitions import LAUNCHER
from deploy.local.places import ROOT, Place

START_SECONDS = 120.0
"""It imports five services first, which takes long on a busy machine."""
PR_SET_CHILD_SUBREAPER = 36
LINE = re.compile(r"(?P<what>spawned|exited|gave up|success): '?(?P<name>[\w-]+)'? ?(?P<rest>.*)$")


class Gone(Exception):
    """supervisord does not run (any more)."""


@dataclass(frozen=True)
class Event:
    """Something that happened to a process without being asked for.

    `what` is `exited` or `gave up`; `how` says with which status or signal.
    """

    what: str
    name: str
    how: str


def adopt_orphans() -> None:
    """Makes the kernel hand this process every orphan below it, so that none can get away."""
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


class Supervisord:
    """A running supervisord, from `start` to `stop`."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self._complaints = place.run / "supervisord.err"
        self._process: subprocess.Popen[bytes] | None = None
        self._unread = b""
        self._pids: dict[str, int] = {}
        self._strangers: set[int] = set()
        self._server: Any = xmlrpc.client.ServerProxy("http://local", Transport(place.socket))

    def start(self, environment: Mapping[str, str]) -> None:
        """Starts it with this environment, which all programs inherit. Raises `Gone`."""
        self._strangers = set(processes.descendants(os.getpid()))
        self._place.socket.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._place.socket.unlink(missing_ok=True)
        conf = str(self._place.configuration)
        launched = [sys.executable, "-I", "-S", str(LAUNCHER)]
        # Its complaints go to a file: when we die, its log lines break our pipe, and a complaint
        # about that which breaks as well would end it before it has stopped its programs.
        with self._complaints.open("wb") as complaints:
            self._process = subprocess.Popen(
                # SIGTERM when we die: it then stops everything in order by itself.
                [*launched, "SIGTERM", sys.executable, "-m", "deploy.local.zygote", "-c", conf],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=complaints,
                start_new_session=True,  # Ctrl-C at the terminal is for us; we stop it in order
                env={**environment},
                cwd=ROOT,
            )
        deadline = time.monotonic() + START_SECONDS
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise Gone(f"supervisord did not start: {self._last_words()}")
            time.sleep(0.01)

    def start_group(self, group: str) -> None:
        """Starts all programs of a group at once and waits for none."""
        self._call("startProcessGroup", group, False)

    def start_program(self, group: str, name: str) -> None:
        """Starts one program unless it runs."""
        try:
            self._call("startProcess", f"{group}:{name}", False)
        except xmlrpc.client.Fault as fault:
            if "ALREADY_STARTED" not in fault.faultString:
                raise

    def stop_programs(self, group: str, names: Collection[str]) -> None:
        """Stops programs, all at the same time, and waits for the end of the last."""
        for name in names:
            try:
                self._call("stopProcess", f"{group}:{name}", False)
            except xmlrpc.client.Fault as fault:
                if "NOT_RUNNING" not in fault.faultString:
                    raise
        while any(self._is_up(group, name) for name in names):
            time.sleep(0.05)  # each question makes it look for ended children

    def events(self, seconds: float) -> Iterator[Event]:
        """Yields what happened; returns once nothing has for so many seconds.

        Raises `Gone` when supervisord ended.
        """
        output = self._output()
        while True:
            *lines, self._unread = self._unread.split(b"\n")
            for line in lines:
                yield from self._parse(line.decode(errors="replace"))
            if not select.select([output], [], [], seconds)[0]:
                return
            read = os.read(output.fileno(), 65_536)
            if not read:
                raise Gone("supervisord ended; all it ran is stopped")
            self._unread += read

    def stop(self, seconds: float) -> int:
        """Stops all programs in order, then supervisord; kills what is left after `seconds`.

        Returns how many processes had to be killed.
        """
        deadline = time.monotonic() + seconds
        if self._process is not None and self._process.poll() is None:
            if not self._asked_to_shut_down():
                self._process.send_signal(signal.SIGTERM)
            self._drain_until(deadline)
            self._wait_until(deadline + 0.5)
        killed: set[int] = set()
        while left := self._left():
            for pid in left:
                _kill(pid)
            killed.update(left)
            time.sleep(0.05)
        if self._process is not None:
            self._process.wait()
        _reap_all()
        return len(killed)

    def _drain_until(self, deadline: float) -> None:
        """Reads on, lest supervisord blocks on a full pipe, until it ends or time is up."""
        output = self._output()
        while time.monotonic() < deadline:
            readable = select.select([output], [], [], 0.1)[0]
            if readable and not os.read(output.fileno(), 65_536):
                return
            # A signal does not wake it (PEP 475), so it would look for ended children only once a
            # second; a question does.
            self._asked_to_shut_down()

    def _left(self) -> list[int]:
        """What runs below this process, but for what did so before `start`, and its children."""
        others = set(self._strangers)
        for pid in self._strangers:
            others.update(processes.descendants(pid))
        return [pid for pid in processes.descendants(os.getpid()) if pid not in others]

    def _asked_to_shut_down(self) -> bool:
        try:
            self._call("shutdown")
        except xmlrpc.client.Fault:
            return True  # it is at it already
        except Gone:
            return False
        return True

    def _wait_until(self, deadline: float) -> None:
        """Gives supervisord, which has said its last word, the moment that it needs to exit."""
        while self._process is not None and self._process.poll() is None:
            if time.monotonic() > deadline:
                return
            time.sleep(0.01)

    def _parse(self, line: str) -> Iterator[Event]:
        found = LINE.search(line)
        if found is None:
            return
        what, name, rest = found["what"], found["name"], found["rest"]
        if what == "spawned":
            self._pids[name] = int(rest.split()[-1])
        elif what == "exited":
            # Its own children (Celery's beat) must not live on beside the next one.
            _kill_group(self._pids.pop(name, 0))
            _reap_all(but=self._output_owner())
            yield Event("exited", name, rest.strip("()").partition(";")[0])
        elif what == "gave up":
            yield Event("gave up", name, "it ended too quickly too often")

    def _call(self, method: str, *arguments: object) -> Any:
        try:
            return getattr(self._server.supervisor, method)(*arguments)
        except (OSError, http.client.HTTPException) as error:
            raise Gone(f"supervisord does not answer: {error}") from error

    def _is_up(self, group: str, name: str) -> bool:
        return bool(self._call("getProcessInfo", f"{group}:{name}")["pid"])

    def _answers(self) -> bool:
        try:
            return bool(self._call("getState")["statename"] == "RUNNING")
        except Gone:
            return False

    def _output(self) -> IO[bytes]:
        if self._process is None or self._process.stdout is None:
            raise Gone("supervisord was not started")
        return self._process.stdout

    def _output_owner(self) -> int:
        return self._process.pid if self._process else 0

    def _last_words(self) -> str:
        if self._process is None or self._process.stdout is None:
            return ""
        self._process.kill()
        words = self._process.stdout.read() + self._complaints.read_bytes()
        return words.decode(errors="replace")[-800:].strip()


class _Connection(http.client.HTTPConnection):
    """HTTP over a Unix socket."""

    def __init__(self, path: Path) -> None:
        super().__init__("localhost", timeout=30)
        self._path = path

    def connect(self) -> None:
        """Connects to the socket instead of to a host."""
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(str(self._path))


class Transport(xmlrpc.client.Transport):
    """XML-RPC over a Unix socket."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._path = path

    def make_connection(self, host: object) -> http.client.HTTPConnection:  # noqa: ARG002
        """Makes a new connection each time: calls are rare."""
        return _Connection(self._path)


def _kill(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return  # it ended by itself


def _kill_group(group: int) -> None:
    if group <= 1:
        return
    try:
        os.killpg(group, signal.SIGKILL)
    except ProcessLookupError:
        return  # nobody was left in it


def _reap_all(but: int = 0) -> None:
    """Collects adopted orphans that ended; `but` is left to its owner."""
    while True:
        try:
            found = os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
        except ChildProcessError:
            return
        if found is None or found.si_pid == but:
            return
        os.waitpid(found.si_pid, 0)
