"""What a streak is (S32, ADR 37). Pure."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import Enum

from libs import zones


class Verdict(Enum):
    """What a day does to a streak: adds one, ends it, is not decided yet, or does nothing."""

    ADDS = "adds"
    BREAKS = "breaks"
    WAITS = "waits"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class Due:
    """Work that was due at one instant: how much of it was handed in in time (`kept`), late or not
    at all (`broken`), and how much can come in time still (`waiting`). Excused work is none.
    """

    at: datetime
    kept: int = 0
    broken: int = 0
    waiting: int = 0


@dataclass(frozen=True, slots=True)
class Run:
    """A streak: its days, counted, and the first and the last of them."""

    days: int
    since: date
    until: date


@dataclass(frozen=True, slots=True)
class Streaks:
    """`current` is null where the newest day that counts broke it, or none counts (`data` is false
    then); of several longest ones `longest` is the newest.
    """

    current: Run | None
    longest: Run | None
    broken_on: date | None
    waits: bool
    data: bool


def verdict(kept: int, broken: int, waiting: int) -> Verdict:
    """What a day does, by how much of the work due on it stands how."""
    if broken:
        return Verdict.BREAKS
    if waiting:
        return Verdict.WAITS
    return Verdict.ADDS if kept else Verdict.NOTHING


def days(due: Iterable[Due], zone: str) -> Sequence[tuple[date, Verdict]]:
    """The days on which something was due where clocks show `zone`, oldest first."""
    kept, broken, waiting = Counter[date](), Counter[date](), Counter[date]()
    for one in due:
        day = zones.to_wall(one.at, zone).date()
        kept[day] += one.kept
        broken[day] += one.broken
        waiting[day] += one.waiting
    return [(day, verdict(kept[day], broken[day], waiting[day])) for day in sorted(kept)]


def streaks(found: Iterable[tuple[date, Verdict]]) -> Streaks:
    """The streaks of days in their order."""
    current: Run | None = None
    longest: Run | None = None
    broken_on, waits = None, False
    for day, what in found:
        waits = waits or what is Verdict.WAITS
        if what is Verdict.BREAKS:
            current, broken_on = None, day
        elif what is Verdict.ADDS:
            current = Run(current.days + 1, current.since, day) if current else Run(1, day, day)
            if longest is None or current.days >= longest.days:
                longest = current
    return Streaks(current, longest, broken_on, waits, bool(longest or broken_on))
