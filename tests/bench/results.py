"""What a bench finds: medians of interleaved rounds, their ratio, and the word on it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from statistics import median


class Aim(StrEnum):
    """Which side of the limit is the good one."""

    AT_MOST = "≤"
    AT_LEAST = "≥"


@dataclass(frozen=True)
class Target:
    """A line of the table of targets; `times_bare` limits a ratio, otherwise our own figure."""

    aim: Aim
    limit: float
    times_bare: bool = True

    def __str__(self) -> str:
        return f"{self.aim} {self.limit:g}" + (" x bare" if self.times_bare else "")

    def met(self, figure: float) -> bool:
        """Whether a figure is on the good side."""
        return figure <= self.limit if self.aim is Aim.AT_MOST else figure >= self.limit


def at_most(limit: float, *, times_bare: bool = True) -> Target:
    """A limit from above."""
    return Target(Aim.AT_MOST, limit, times_bare)


def at_least(limit: float, *, times_bare: bool = True) -> Target:
    """A limit from below."""
    return Target(Aim.AT_LEAST, limit, times_bare)


@dataclass(frozen=True)
class Result:
    """One line of the report: `ours` and `bare` are the figures of all rounds, in `unit`."""

    row: str
    work: str
    unit: str
    ours: Sequence[float]
    bare: Sequence[float] = ()
    target: Target | None = None
    beside: str = ""
    """Further figures, as text."""
    notes: Sequence[str] = field(default=())

    @property
    def mine(self) -> float:
        """The median of our rounds."""
        return median(self.ours)

    @property
    def theirs(self) -> float | None:
        """The median of the bare rounds."""
        return median(self.bare) if self.bare else None

    @property
    def ratio(self) -> float | None:
        """Ours over bare."""
        return self.mine / self.theirs if self.theirs else None

    @property
    def verdict(self) -> str:
        """`met`, `missed`, or nothing where there is no target."""
        if self.target is None:
            return ""
        figure = self.ratio if self.target.times_bare else self.mine
        return "met" if figure is not None and self.target.met(figure) else "missed"


def middle(figures: Sequence[float]) -> float:
    """The median, or 0 of nothing."""
    return median(figures) if figures else 0.0
