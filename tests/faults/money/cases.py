"""What happens to the money of one class: drawn from a seed."""

from dataclasses import dataclass
from enum import StrEnum
from random import Random

PAUSE = (0.0, 0.8)
"""Seconds before a step."""


class Way(StrEnum):
    """How a period is paid for."""

    CARD = "card"
    WALLET = "wallet"


class Decision(StrEnum):
    """What an admin says of the class."""

    NONE = "none"
    APPROVED = "approved"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True)
class Case:
    """A tutor with one class. `ways` are how its first period, and then the next, are paid for;
    only an approved class has a second. `early`: the admin decides while the first is being paid.

    `twice`: it is asked for from two devices at once. `declined`: the first card is refused.
    `resent`: every webhook comes once more. `topped_up`: there is money in the wallet beforehand;
    without it a wallet pays nothing.
    """

    ways: tuple[Way, ...]
    decision: Decision
    early: bool
    twice: bool
    declined: bool
    resent: bool
    topped_up: bool
    seed: str

    def __str__(self) -> str:
        flags = ("early", "twice", "declined", "resent", "topped_up")
        said = [name for name in flags if getattr(self, name)]
        return " ".join([*self.ways, self.decision, *said])


def draw(seed: str) -> Case:
    """A case; most are paid by card, and half are approved."""
    random = Random(seed)
    decision = random.choices(list(Decision), (2, 5, 3))[0]
    ways = random.choices(list(Way), (3, 2), k=2)
    second = decision is Decision.APPROVED and random.random() < 0.6
    return Case(
        tuple(ways if second else ways[:1]),
        decision,
        early=random.random() < 0.5,
        twice=random.random() < 0.3,
        declined=random.random() < 0.15,
        resent=random.random() < 0.2,
        topped_up=Way.WALLET in ways and random.random() < 0.9,
        seed=seed,
    )


def deal(seed: object, count: int) -> list[Case]:
    """So many cases from a seed."""
    return [draw(f"{seed}/{number}") for number in range(count)]
