"""How the processes of a stage are struck, and what a campaign over one has seen."""

import itertools
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from random import Random

from libs import crashpoint
from tests.faults.killer import Striker
from tests.faults.plans import RARE
from tests.faults.stage import Stage


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
