"""What happens to one class: drawn from a seed."""

from dataclasses import dataclass
from random import Random

PAY, APPROVE, REJECT = "pay", "approve", "reject"
LONGEST_PAUSE = 1.5
"""Seconds before a step, at most: about as long as events take from service to service."""


@dataclass(frozen=True, slots=True)
class Case:
    """Steps in their order, each after a pause in seconds; or all at once, each after its pause.

    `early`: the checkout is opened before the first step, so that it may be paid whatever an admin
    says. `declined`: the first card is refused.
    """

    steps: tuple[tuple[str, float], ...]
    together: bool
    early: bool
    declined: bool

    def __str__(self) -> str:
        joined = " + " if self.together else ", "
        return joined.join(name for name, _ in self.steps)


def draw(random: Random) -> Case:
    """A case; most are paid, about half are approved, and half rejected."""
    steps = [
        name
        for name, share in ((PAY, 0.85), (APPROVE, 0.55), (REJECT, 0.55))
        if random.random() < share
    ] or [PAY, REJECT]
    random.shuffle(steps)
    return Case(
        tuple((name, random.choice((0.0, random.uniform(0, LONGEST_PAUSE)))) for name in steps),
        together=random.random() < 0.5,
        early=random.random() < 0.7,
        declined=random.random() < 0.15,
    )


def deal(seed: object, count: int) -> list[Case]:
    """So many cases from a seed."""
    return [draw(Random(f"{seed}/{number}")) for number in range(count)]
