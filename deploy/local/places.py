"""The folders and files of one running platform, all of them below its data folder."""

import fcntl
import hashlib
import json
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

ROOT = Path(__file__).parents[2]
"""The clone."""
LONGEST_SOCKET = 90
"""The kernel takes 107 bytes for a socket's path; supervisord first makes one with `.PID` added."""


@dataclass(frozen=True)
class Place:
    """A data folder (`STUDYZED_DATA`), with names for what lies in it."""

    data: Path

    @classmethod
    def of_environment(cls) -> "Place":
        """The folder that `STUDYZED_DATA` names, `.local` in the clone by default."""
        return cls((ROOT / (os.environ.get("STUDYZED_DATA") or ".local")).resolve())

    @property
    def run(self) -> Path:
        """What exists only while the platform runs."""
        return self.data / "run"

    @property
    def logs(self) -> Path:
        """A file per process."""
        return self.data / "logs"

    @property
    def keys(self) -> Path:
        """The secrets, made once."""
        return self.data / "secrets.json"

    @property
    def state(self) -> Path:
        """What other commands must know of the running platform."""
        return self.run / "state.json"

    @property
    def lock(self) -> Path:
        """Held by the supervisor as long as it lives; holds its process id."""
        return self.run / "up.lock"

    @property
    def configuration(self) -> Path:
        """supervisord's."""
        return self.run / "supervisord.conf"

    @property
    def pid(self) -> Path:
        """supervisord's process id."""
        return self.run / "supervisord.pid"

    @property
    def socket(self) -> Path:
        """Where supervisord listens: in the data folder, or elsewhere if that path is too long."""
        near = self.run / "supervisor.sock"
        if len(os.fsencode(near)) <= LONGEST_SOCKET:
            return near
        key = hashlib.sha256(os.fsencode(self.data)).hexdigest()[:12]
        return Path(tempfile.gettempdir()) / f"studyzed-{os.geteuid()}-{key}" / "supervisor.sock"

    def log(self, name: str) -> Path:
        """The log of a process."""
        return self.logs / f"{name}.log"

    def write_private(self, path: Path, content: dict[str, Any]) -> None:
        """Writes JSON that only this user may read, all of it or nothing."""
        new = path.with_suffix(".new")
        new.unlink(missing_ok=True)
        with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            json.dump(content, file, indent=2)
            file.flush()
            os.fsync(file.fileno())
        new.replace(path)

    def hold(self) -> IO[str] | None:
        """Takes the lock for as long as the returned file stays open; `None` if it is held."""
        file = self.lock.open("a+")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.close()
            return None
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        return file

    def holder(self) -> int | None:
        """The process id of the running platform's supervisor."""
        if not self.lock.exists():
            return None
        with self.lock.open("r") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                word = file.read()
                return int(word) if word.isdecimal() else None
        return None

    def running_state(self) -> dict[str, Any] | None:
        """The state of the running platform: `url` and `environment`; `None` if there is none."""
        if self.holder() is None or not self.state.exists():
            return None
        state: dict[str, Any] = json.loads(self.state.read_text())
        return state
