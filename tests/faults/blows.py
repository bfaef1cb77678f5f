"""How the processes of a stage are struck, and what a campaign over one has seen."""

import asyncio
import itertools
import time
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any, Generic, TypeVar

from libs import crashpoint
from tests.faults.killer import Striker
from tests.faults.plans import RARE
from tests.faults.stage import Stage

T = TypeVar("T")
"""What one of the people does."""


class Blows(Striker):
    """Strikes the processes of a stage."""

    def __init__(self, stage: Stage, random: Random) -> None:
        super().__init__(stage.folder / "orders", random)
        self._stage = stage

    def _kill(self, program: str) -> None:
        self.struck[program] += self._stage.kill(program)


class Stuck(AssertionError):
    """A round of a campaign did not come to its end."""


@dataclass
class Toll:
    """Kills, answers and events."""

    struck: Counter[str] = field(default_factory=Counter)
    points: Counter[str] = field(default_factory=Counter)
    answers: Counter[int] = field(default_factory=Counter)
    cut: int = 0
    lost_letters: list[str] = field(default_factory=list)
    events: int = 0

    @property
    def kills(self) -> int:
        """From outside and at crash points."""
        return self.struck.total() + self.points.total()

    @property
    def faults(self) -> list[str]:
        """What is wrong here, in words; an answer of 500 is."""
        errors = [f"{self.answers[500]} answers of 500"] if self.answers[500] else []
        return [*self.lost_letters, *errors]

    @property
    def clean(self) -> bool:
        """Whether nothing was wrong."""
        return not self.faults

    @property
    def whole(self) -> bool:
        """Whether nothing was wrong but what a busy machine explains."""
        return self.clean

    def __str__(self) -> str:
        failures = sum(number for code, number in self.answers.items() if code >= 500)
        return (
            f"{self.kills} kills ({self.struck.total()} from outside, "
            f"{self.points.total()} at {len(self.points)} crash points), "
            f"{self.answers.total()} answers ({failures} of 5xx, {self.answers[500]} of 500), "
            f"{self.cut} connections cut; {self.events} events: {len(self.lost_letters)} lost"
        )


def met(beginnings: tuple[str, ...], *but: str) -> list[str]:
    """The crash points whose names begin so, without those that come only once in a while."""
    names = (point.name for point in crashpoint.points())
    return sorted(
        name for name in names if name.startswith(beginnings) and name not in RARE | set(but)
    )


def deck(random: Random, points: Sequence[str], programs: Sequence[str]) -> Iterator[str]:
    """Every point and program in a new order, again and again; every other card a program."""
    while True:
        turns = itertools.cycle(random.sample(programs, len(programs)))
        for point in random.sample(points, len(points)):
            yield from (point, next(turns))


class Rounds(ABC, Generic[T]):
    """Rounds of people on one stage, which is struck meanwhile; all that is stored is looked at
    after each.
    """

    round_size: int
    """People at a time."""
    least_blows: int
    """Of a round: they go on while somebody plays."""
    figures: Any
    """A `Toll`."""

    def __init__(
        self, stage: Stage, seed: str, say: Callable[[str], None], settle_seconds: float,
        cards: Iterator[str],
    ) -> None:  # fmt: skip
        self._stage, self._seed, self._say = stage, seed, say
        self._settle_seconds = settle_seconds
        self._cards = cards
        self._rounds = 0

    async def play(self, cases: Sequence[T], cards: Sequence[str] | None = None) -> None:
        """Somebody for each case; with `cards` these are struck in each round, and nothing else.
        Raises `Stuck`.
        """
        for first in range(0, len(cases), self.round_size):
            await self._round(cases[first : first + self.round_size], cards)
            if not self.figures.whole:
                return

    async def _round(self, cases: Sequence[T], cards: Sequence[str] | None) -> None:
        blows = Blows(self._stage, Random(f"{self._seed} {self._rounds}"))
        self._rounds += 1
        playing = await self._begin(cases)
        hand = self._cards if cards is None else iter(cards)
        least = self.least_blows if cards is None else len(cards)
        await blows.strike_while(playing, hand, least, self._stage.is_rested)
        [failure] = await asyncio.gather(playing, return_exceptions=True) or [None]
        await self._settle()
        self.figures.points += blows.done()  # an order may have waited until now
        self.figures.struck += blows.struck
        if isinstance(failure, BaseException):
            raise Stuck(f"{failure!r}; {self._stage.said()}") from failure
        self._say(f"  {self.figures}")

    async def _settle(self) -> None:
        """Waits until nothing is on its way: what is missing after that is missing for good."""
        deadline = time.monotonic() + self._settle_seconds
        while True:
            late = time.monotonic() > deadline
            if late or (self._stage.is_ready() and await self._waiting() == 0):
                await self.judge()
                if self.figures.whole or late:
                    return
            await asyncio.sleep(0.5)

    @abstractmethod
    async def _begin(self, cases: Sequence[T]) -> "asyncio.Future[Any]":
        """Lets people play, one for each case."""

    @abstractmethod
    async def _waiting(self) -> int:
        """How much is on its way still."""

    @abstractmethod
    async def judge(self) -> None:
        """Holds all that is stored against the model now, and keeps it in `figures`."""
