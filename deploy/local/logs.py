"""`make logs`: follows the logs of all processes, each line with the name of its process."""

import os
import time
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from deploy.local.places import Place

PAUSE_SECONDS = 0.25
FIRST_BYTES = 2_000
SUFFIX = ".log"


@dataclass
class Follower:
    """One log file, followed over its rotation."""

    path: Path
    _inode: int = 0
    _offset: int = 0
    _rest: bytes = field(default=b"", repr=False)

    def new_lines(self) -> Iterator[str]:
        """Yields the whole lines written since the last call; at first the end of the file."""
        try:
            found = self.path.stat()
        except FileNotFoundError:
            return  # just being rotated
        if found.st_ino != self._inode or found.st_size < self._offset:
            first = self._inode == 0
            self._inode, self._rest = found.st_ino, b""
            self._offset = max(0, found.st_size - FIRST_BYTES) if first else 0
        with self.path.open("rb") as file:
            file.seek(self._offset)
            read = file.read()
        self._offset += len(read)
        *lines, self._rest = (self._rest + read).split(b"\n")
        for line in lines:
            yield line.decode(errors="replace")


def follow(place: Place, names: Collection[str] = ()) -> None:
    """Prints lines until interrupted; of the named processes only, if any is named."""
    followers: dict[str, Follower] = {}
    try:
        while True:
            for path in sorted(place.logs.glob(f"*{SUFFIX}")):
                name = path.name.removesuffix(SUFFIX)
                if not names or name in names:
                    followers.setdefault(name, Follower(path))
            for name, follower in followers.items():
                for line in follower.new_lines():
                    print(f"{name:<31} | {line}", flush=True)
            time.sleep(PAUSE_SECONDS)
    except (KeyboardInterrupt, BrokenPipeError):
        os._exit(0)  # nothing to clean up; Python would complain about the closed pipe
