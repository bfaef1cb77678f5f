"""What `make faults` needs around a campaign over one service: servers, and a report."""

import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from deploy.local.servers import Servers
from tests.bench.place import published
from tests.faults.blows import Stuck, Toll
from tests.stack import Stack, broker, make_key

Say = Callable[[object], None]


@contextmanager
def servers() -> Iterator[tuple[Stack, Path]]:
    """Servers, keys, and a folder through which other users' processes may pass."""
    key = make_key()
    with tempfile.TemporaryDirectory(prefix="studyzed-faults-") as name, published(key) as url:
        folder = Path(name)
        folder.chmod(0o711)
        with Servers(folder / "servers", broker=broker()) as running:
            yield Stack(running, key, url), folder


class Report:
    """Tells how a campaign has gone; a block that gets stuck is told, too."""

    def __init__(self, points: Sequence[str], say: Say) -> None:
        self._points, self._say = points, say
        self._begun = time.monotonic()
        self._stuck = ""

    def __enter__(self) -> None:
        return

    def __exit__(self, _: object, failure: BaseException | None, __: object) -> bool:
        if isinstance(failure, Stuck):
            self._stuck = str(failure)
        return isinstance(failure, Stuck)

    def status(self, figures: Toll) -> int:
        """Tells it; returns the exit status."""
        self._say(f"{figures}; {time.monotonic() - self._begun:.0f} s")
        self._say(f"killed from outside: {dict(figures.struck)}")
        self._say(f"killed at: {dict(figures.points)}")
        self._say(f"never reached: {sorted(set(self._points) - set(figures.points))}")
        if self._stuck or not figures.clean:
            self._say("\n".join([self._stuck, *figures.faults]))
            return 1
        return 0
