"""What one student does in one attempt: drawn from a seed."""

from dataclasses import dataclass
from enum import StrEnum
from random import Random

WINDOW, ALLOWANCE, MORE = 12, 1, 4
"""Seconds: how long an assessment is open, for how long answers may come in after the deadline, and
how much more an extension grants.
"""
PAUSE = (0.05, 1.2)
"""Seconds between two steps."""
EXTENDED = 0.2
"""How many students get an extension while they are at it."""


class Step(StrEnum):
    """A save; one whose client hangs up before the answer, and comes back; two of one answer at
    once, the older one on its way still; a look at what is saved.
    """

    SAVE = "save"
    HANG_UP = "hang up"
    OVERTAKE = "overtake"
    LOOK = "look"


class End(StrEnum):
    """Handing in; the same with answers that are not saved yet; leaving; saving until nothing is
    taken any more; leaving, and one more save when it is too late; handing in, and one more save.
    """

    SUBMIT = "submit"
    SUBMIT_ANSWERS = "submit answers"
    LEAVE = "leave"
    TO_THE_LAST = "to the last"
    TOO_LATE = "too late"
    AFTER_SUBMIT = "after submit"


@dataclass(frozen=True, slots=True)
class Case:
    """Steps, each after a pause in seconds, and an end. `twice`: it is begun on two devices at
    once. `extended`: after so many seconds a tutor grants more time; `None` for never.
    """

    steps: tuple[tuple[Step, float], ...]
    end: End
    twice: bool
    extended: float | None
    seed: str


def draw(seed: str) -> Case:
    """A case; half of them end before the deadline, if nobody is killed meanwhile."""
    random = Random(seed)
    kinds = random.choices(list(Step), (6, 2, 1, 1), k=random.randint(3, 8))
    return Case(
        tuple((kind, random.uniform(*PAUSE)) for kind in kinds),
        random.choices(list(End), (4, 2, 2, 3, 2, 1))[0],
        twice=random.random() < 0.25,
        extended=random.uniform(0.2, 4) if random.random() < EXTENDED else None,
        seed=seed,
    )


def deal(seed: object, count: int) -> list[Case]:
    """So many cases from a seed."""
    return [draw(f"{seed}/{number}") for number in range(count)]
