"""How a mark is made from its parts (R2, R3, S-A4, S-A8). Pure: the same parts give the same mark,
however often it is counted.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from session_service.late_policies.rules import Penalty
from session_service.marks.schemas import MarkState, PartSource

CENT = Decimal("0.01")
ZERO = Decimal("0.00")
WHOLE = Decimal(100)


def half_up(value: Decimal) -> Decimal:
    """Two places; a half goes away from zero."""
    return value.quantize(CENT, ROUND_HALF_UP)


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a mark: a question (`key` is its id), a criterion of a rubric, or `work`, the
    whole. `points` are null while it is to be marked, and below zero where a wrong answer costs
    points; `rule` is the version of the rule that gave them; `note` is for the student.
    """

    key: str
    points: Decimal | None
    maximum: Decimal
    source: PartSource
    rule: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Sum:
    """What parts come to: `earned` before and `total` after what lateness takes off. All are null
    while a part has no points.
    """

    earned: Decimal | None
    taken_off: Decimal | None
    total: Decimal | None


NOTHING = Sum(None, None, None)


def add_up(parts: Iterable[Part], penalty: Penalty | None) -> Sum:
    """Adds up parts: never below zero, two places, half up."""
    earned, maximum, found = ZERO, ZERO, False
    for part in parts:
        if part.points is None:
            return NOTHING
        earned, maximum, found = earned + half_up(part.points), maximum + part.maximum, True
    if not found:
        return NOTHING
    earned = max(earned, ZERO)
    taken_off = taken(earned, maximum, penalty)
    return Sum(earned, taken_off, earned - taken_off)


def taken(earned: Decimal, maximum: Decimal, penalty: Penalty | None) -> Decimal:
    """What lateness takes off: two places, half up, at most what was earned."""
    if penalty is None:
        return ZERO
    base = earned if penalty.base == "earned" else maximum
    return max(ZERO, min(half_up(base * penalty.percent / WHOLE), earned))


def state(*, has_parts: bool, total: Decimal | None, shown: bool) -> MarkState:
    """The state that follows from what a mark holds."""
    if not has_parts:
        return MarkState.EMPTY
    if total is None:
        return MarkState.NEEDS_MARKING
    return MarkState.RELEASED if shown else MarkState.DRAFT
