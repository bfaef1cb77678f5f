"""A campaign of attempts over servers of its own, for `make faults`."""

import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from deploy.local.servers import Servers
from tests.bench.place import published
from tests.faults.attempts.campaign import POINTS, AttemptsCampaign, Figures, Stuck
from tests.faults.attempts.cases import deal
from tests.faults.attempts.stage import CAST
from tests.faults.stage import open_stage
from tests.stack import Stack, broker, make_key


async def play(attempts: int, seed: int, say: Callable[[object], None]) -> int:
    """So many attempts; returns the exit status."""
    begun = time.monotonic()
    with _stack() as (stack, folder):
        async with open_stage(stack, CAST, folder) as stage:
            campaign = AttemptsCampaign(stage, stack, str(seed), say)
            async with campaign:
                stuck = ""
                try:
                    await campaign.play(deal(seed, attempts))
                except Stuck as failure:
                    stuck = str(failure)
    return _report(campaign.figures, stuck, time.monotonic() - begun, say)


@contextmanager
def _stack() -> Iterator[tuple[Stack, Path]]:
    """Servers, keys, and a folder through which other users' processes may pass."""
    key = make_key()
    with tempfile.TemporaryDirectory(prefix="studyzed-faults-") as name, published(key) as url:
        folder = Path(name)
        folder.chmod(0o711)
        with Servers(folder / "servers", broker=broker()) as servers:
            yield Stack(servers, key, url), folder


def _report(figures: Figures, stuck: str, took: float, say: Callable[[object], None]) -> int:
    say(f"{figures}; {took:.0f} s")
    say(f"killed from outside: {dict(figures.struck)}")
    say(f"killed at: {dict(figures.points)}")
    say(f"never reached: {sorted(set(POINTS) - set(figures.points))}")
    if stuck or not figures.clean:
        say("\n".join([stuck, *figures.faults]))
        return 1
    return 0
