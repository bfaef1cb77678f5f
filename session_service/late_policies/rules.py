"""What late work costs."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal


@dataclass(frozen=True, slots=True)
class Penalty:
    """What is taken off for late work: `percent` altogether, for all the `days` begun, of what was
    earned or of the maximum.
    """

    days: int
    percent: Decimal
    base: Literal["earned", "maximum"]
