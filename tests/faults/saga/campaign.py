"""The campaign: rounds of classes on one platform, everything killed meanwhile, the model after
each round.
"""

import asyncio
import itertools
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from random import Random

from libs import crashpoint
from tests.faults import gateways
from tests.faults.campaign import PASSWORD, SETTLE_SECONDS, Platform, Stuck
from tests.faults.killer import Killer
from tests.faults.ledger import Ledger
from tests.faults.model import Verdict
from tests.faults.plans import RARE
from tests.faults.saga.books import judge
from tests.faults.saga.cases import Case
from tests.faults.saga.model import Sums
from tests.faults.saga.people import Pair, Run, Stays, pair

ROUND, PAIRS = 40, 3
"""Classes of a round, and how many are played at a time."""
BLOWS = 0.75
"""For each class, at least: they go on while refunds are on their way."""
PROGRAMS = (
    "session_service", "payment_service", "session_service-background",
    "payment_service-background", "notification_service-background", "celery", "kafka", "postgres",
    "valkey",
)  # fmt: skip
POINTS = sorted(
    point.name
    for point in crashpoint.points()
    if point.name not in RARE
    and point.file != gateways.OF_ALL
    and point.file != "libs/group_commit.py"
    and point.file.startswith(("libs/", "payment_service/"))
)
"""All that the saga's processes may come to: chat alone commits in groups."""


@dataclass
class Figures:
    """What a campaign has seen."""

    struck: Counter[str] = field(default_factory=Counter)
    points: Counter[str] = field(default_factory=Counter)
    answers: Counter[int] = field(default_factory=Counter)
    cut: int = 0
    sums: Sums = field(default_factory=Sums)
    verdict: Verdict = field(default_factory=Verdict)

    @property
    def kills(self) -> int:
        """From outside and at crash points."""
        return self.struck.total() + self.points.total()

    @property
    def clean(self) -> bool:
        """Whether nothing was wrong."""
        return self.sums.clean and self.verdict.clean

    def __str__(self) -> str:
        failures = sum(number for code, number in self.answers.items() if code >= 500)
        lost, doubled = len(self.verdict.lost), len(self.verdict.doubled)
        return (
            f"{self.sums}; {self.kills} kills ({self.struck.total()} from outside, "
            f"{self.points.total()} at {len(self.points)} crash points), "
            f"{self.answers.total()} answers ({failures} of 5xx, {self.answers[500]} of 500), "
            f"{self.cut} connections cut; {self.verdict.events} events: {lost} lost, "
            f"{doubled} doubled, {len(self.verdict.disordered)} order violations"
        )


class SagaCampaign:
    """Rounds on one platform; all classes are looked at after each."""

    def __init__(
        self,
        on: Platform,
        say: Callable[[str], None],
        seed: str,
        settle_seconds: float = SETTLE_SECONDS,
    ) -> None:
        self.figures = Figures()
        self.runs: list[Run] = []
        self._on = on
        self._say = say
        self._seed = seed
        self._settle_seconds = settle_seconds
        self._cards = self._deck(Random(f"{seed} deck"))

    def _deck(self, random: Random) -> Iterator[str]:
        """Every point and program in a new order, again and again; every other card a program."""
        while True:
            points = random.sample(POINTS, len(POINTS))
            programs = itertools.cycle(random.sample(PROGRAMS, len(PROGRAMS)))
            for point in points:
                yield from (point, next(programs))

    async def play(self, cases: Sequence[Case], cards: Sequence[str] = ()) -> None:
        """A class for each case; with `cards` these are struck in each round, and nothing else.
        Raises `Stuck`.
        """
        async with AsyncExitStack() as people:
            count = min(PAIRS, len(cases))
            pairs = [
                await people.enter_async_context(pair(self._on.url, PASSWORD)) for _ in range(count)
            ]
            for first in range(0, len(cases), ROUND):
                await self._round(pairs, cases[first : first + ROUND], cards)
                if not self.figures.clean:
                    return

    async def _round(
        self, pairs: Sequence[Pair], cases: Sequence[Case], cards: Sequence[str]
    ) -> None:
        new = [Run(case) for case in cases]
        first = len(self.runs)
        self.runs += new
        killer = Killer(self._on.place, self._on.orders, Random(f"{self._seed} {first}"))
        waiting = iter(new)
        playing = asyncio.gather(*(self._player(one, waiting) for one in pairs))
        if cards:
            await killer.strike_while(playing, iter(cards), len(cards), self._on.is_ready, blind=0)
            await killer.carried_out()
        else:
            least = int(BLOWS * len(new))
            await killer.strike_while(playing, self._cards, least, self._on.is_ready)
        failures = await asyncio.gather(playing, return_exceptions=True)
        self.figures.points += killer.done()
        self.figures.struck += killer.struck
        self._count_answers(pairs)
        for failure in failures:
            if isinstance(failure, BaseException):
                raise Stuck(f"{failure}; waiting for {self._on.waiting()}") from failure
        await self._settle(pairs)

    async def _player(self, people: Pair, waiting: Iterator[Run]) -> None:
        for run in waiting:
            await people.play(run)

    async def judge(self, admin: Stays) -> None:
        """Holds all stores against the models now, and keeps what was found in `figures`."""
        ledger = Ledger(self._on.environment, self._on.url)
        books = await ledger.read()
        self.figures.verdict = ledger.compare(books, [])
        self.figures.sums = await judge(books, self._on.environment, admin, self.runs)

    async def _settle(self, pairs: Sequence[Pair]) -> None:
        """Waits until nothing is on its way: what is stuck after that is stuck for good."""
        begun = time.monotonic()
        while True:
            late = time.monotonic() > begun + self._settle_seconds
            if self._on.is_ready():
                await self.judge(pairs[0].admin)
                if self.figures.clean or late:
                    break
            elif late:
                raise Stuck(f"not ready: {self._on.waiting()}")
            await asyncio.sleep(1)
        self._say(f"  settled after {time.monotonic() - begun:.0f} s: {self.figures}")

    def _count_answers(self, pairs: Sequence[Pair]) -> None:
        self.figures.answers, self.figures.cut = Counter(), 0
        for one in pairs:
            self.figures.answers += one.answers.statuses
            self.figures.cut += one.answers.cut
