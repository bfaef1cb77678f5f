"""A campaign: a platform, stories upon it, kills meanwhile, and the ledger at the end."""

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from deploy.demo.client import NotSeen
from deploy.local import ports, status
from deploy.local.places import ROOT, Place
from libs.crashpoint import HOLD, ORDERS
from tests.faults.killer import HOLDS, Killer
from tests.faults.ledger import Ledger
from tests.faults.model import Verdict
from tests.faults.people import Play, cast

STORIES = 3
START_SECONDS, STOP_SECONDS = 120.0, 25.0
SETTLE_SECONDS = 240.0
"""A lost job is sent again after two minutes, at the next sweep."""
PASSWORD = "kill it whenever you like"  # pragma: allowlist secret


class Stuck(AssertionError):
    """The platform or a story did not come to an end."""


@dataclass
class Figures:
    """What a campaign has seen."""

    runs: int = 0
    stories: int = 0
    struck: Counter[str] = field(default_factory=Counter)
    points: Counter[str] = field(default_factory=Counter)
    answers: Counter[int] = field(default_factory=Counter)
    cut: int = 0
    verdict: Verdict = field(default_factory=Verdict)

    @property
    def kills(self) -> int:
        """From outside and at crash points."""
        return self.struck.total() + self.points.total()

    def __str__(self) -> str:
        verdict, failures = self.verdict, sum(n for code, n in self.answers.items() if code >= 500)
        return (
            f"{self.runs} runs, {self.stories} stories, {self.kills} kills "
            f"({self.struck.total()} from outside, {self.points.total()} at crash points), "
            f"{self.answers.total()} answers ({failures} of 5xx, {self.answers[500]} of 500), "
            f"{self.cut} connections cut; {verdict.events} events: {len(verdict.lost)} lost, "
            f"{len(verdict.doubled)} doubled, {len(verdict.disordered)} order violations"
        )


@dataclass
class Platform:
    """A running `make up` that takes orders for crash points."""

    url: str
    place: Place
    orders: Path

    @property
    def environment(self) -> dict[str, str]:
        """The environment of its processes."""
        state = self.place.running_state()
        if state is None:
            raise Stuck("the platform does not run any more")
        found: dict[str, str] = state["environment"]
        return found

    def is_ready(self) -> bool:
        """Whether all parts are."""
        found = status.ask(int(self.url.rpartition(":")[2]))
        return found is not None and found.ready

    def waiting(self) -> str:
        """Which are not."""
        found = status.ask(int(self.url.rpartition(":")[2]))
        return str(found.waiting if found else "no answer")


@contextlib.contextmanager
def platform(folder: Path, *, apache_kafka: bool = False, tree: Path = ROOT) -> Iterator[Platform]:
    """A platform of the campaign's own, from a tree of sources, gone afterwards. Raises `Stuck`."""
    [port] = ports.choose(1)
    orders = folder / "orders"
    orders.mkdir()
    environment = {
        **os.environ,
        "STUDYZED_PORT": str(port),
        "STUDYZED_DATA": str(folder / "data"),
        "STUDYZED_ADMIN_PASSWORD": PASSWORD,
        ORDERS: str(orders),
        HOLD: HOLDS,
    }
    words = ["deploy.kafka.up"] if apache_kafka else ["deploy.local", "up"]
    with (folder / "up.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", *words], cwd=tree, env=environment, stdin=subprocess.DEVNULL,
            stdout=log, stderr=log, start_new_session=True,
        )  # fmt: skip
    made = Platform(f"http://{ports.HOST}:{port}", Place(folder / "data"), orders)
    try:
        deadline = time.monotonic() + START_SECONDS
        while not (made.is_ready() and made.place.running_state()):
            if process.poll() is not None or time.monotonic() > deadline:
                raise Stuck(f"no platform: {(folder / 'up.log').read_text()[-2_000:]}")
            time.sleep(0.2)
        yield made
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(STOP_SECONDS)
        reset = [sys.executable, "-m", "deploy.local", "reset"]
        subprocess.run(reset, cwd=tree, env=environment, stdout=subprocess.DEVNULL, check=False)


class Campaign:
    """Runs on one platform, each with new people."""

    def __init__(self, on: Platform, say: Callable[[str], None]) -> None:
        self.figures = Figures()
        self._on = on
        self._say = say
        self.plays: list[Play] = []

    async def run(self, random: Random, stories: int = STORIES, deck: Sequence[str] = ()) -> None:
        """Stories while the killer strikes, then the ledger. Raises `Stuck`."""
        killer = Killer(self._on.place, self._on.orders, random)
        cards = list(deck) or killer.deck()
        self._say(f"run {self.figures.runs + 1}: {', '.join(cards)}")
        playing = [asyncio.create_task(self._play()) for _ in range(stories)]
        await killer.strike(cards)
        results = await asyncio.gather(*playing, return_exceptions=True)
        self.figures.points += killer.done()
        self.figures.struck += killer.struck
        self.figures.runs += 1
        self.figures.stories += stories
        failures = [result for result in results if isinstance(result, BaseException)]
        if failures:
            raise Stuck(f"{failures}; {await self._state()}") from failures[0]
        await self._settle()

    async def _state(self) -> str:
        """Whether the platform is well, or not even after half a minute of peace."""
        for _ in range(60):
            if self._on.is_ready():
                return "the platform is ready"
            await asyncio.sleep(0.5)
        return f"not ready: {self._on.waiting()}"

    async def _play(self) -> None:
        async with cast(self._on.url, PASSWORD) as play:
            for title, action in play.steps():
                try:
                    await action()
                except NotSeen as failure:
                    raise Stuck(f"{title}: {failure}") from failure
            self.plays.append(play)
        self.figures.answers += play.answers.statuses
        self.figures.cut += play.answers.cut

    async def _settle(self) -> None:
        """Waits until nothing is on its way: what is lost after that is lost for good."""
        begun = time.monotonic()
        ledger = Ledger(self._on.environment, self._on.url)
        while True:
            if self._on.is_ready():
                verdict = await ledger.check(self.plays)
                late = time.monotonic() > begun + SETTLE_SECONDS
                if not verdict.lost or late:
                    break
            elif time.monotonic() > begun + SETTLE_SECONDS:
                raise Stuck(f"not ready: {self._on.waiting()}")
            await asyncio.sleep(1)
        self.figures.verdict = verdict
        self._say(f"  settled after {time.monotonic() - begun:.0f} s: {self.figures}")
