"""How a gradebook counts (S12, S-A14). Pure and exact: what is shown is rounded once, at the end.

A work's percentage is its total of its points; a category's the mean of its works' percentages
without the lowest ones; a student's the mean of the categories' by their weights. What is excused,
hidden or not due yet counts nowhere; what is missing after the cut-off counts zero. A category in
which nothing counts is left out, weight and all: no data is not zero.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from uuid import UUID

ALL = ""
"""The one category of a class that has set none."""
CENT = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Cell:
    """A student's part in a column. `total` is null unless it is released; `missing` is work that
    was not handed in until the cut-off.
    """

    item_id: UUID
    category: str
    points: Decimal
    total: Decimal | None
    excused: bool = False
    missing: bool = False

    @property
    def percent(self) -> Fraction | None:
        """What counts, from 0 to 100; null if nothing does."""
        if self.excused or not self.points:
            return None
        if self.total is not None:
            return Fraction(self.total) * 100 / Fraction(self.points)
        return Fraction(0) if self.missing else None


@dataclass(frozen=True, slots=True)
class Category:
    """A group of columns and how it counts."""

    name: str
    weight: Decimal
    drop_lowest: int = 0


@dataclass(frozen=True, slots=True)
class Counted:
    """A category as it comes out for one student."""

    category: Category
    percent: Fraction | None
    counted: tuple[UUID, ...]
    dropped: tuple[UUID, ...]


@dataclass(frozen=True, slots=True)
class Grade:
    """What all comes to."""

    percent: Fraction | None
    categories: tuple[Counted, ...]


def grade(cells: Sequence[Cell], categories: Sequence[Category]) -> Grade:
    """Counts one student's cells, which stand in the order of the columns. Columns of a category
    that has no weight of its own count nowhere, unless no category has one.
    """
    if not categories:
        found = [_count(Category(ALL, Decimal(1)), cells)]
    else:
        found = [
            _count(one, [cell for cell in cells if cell.category == one.name]) for one in categories
        ]
    return Grade(weigh([(one.percent, one.category.weight) for one in found]), tuple(found))


def weigh(parts: Sequence[tuple[Fraction | None, Decimal]]) -> Fraction | None:
    """The mean by weights of what is there; null if nothing is."""
    there = [(percent, Fraction(weight)) for percent, weight in parts if percent is not None]
    whole = sum(weight for _, weight in there)
    return sum((p * w for p, w in there), Fraction(0)) / whole if whole else None


def mean(percents: Sequence[Fraction]) -> Fraction | None:
    """The mean; null of nothing."""
    return sum(percents, Fraction(0)) / len(percents) if percents else None


def shown(percent: Fraction | None) -> Decimal | None:
    """A percentage as it is shown: two places, half up."""
    if percent is None:
        return None
    # Exact to far below a cent: half up sees a half only where there is one.
    scaled = percent * 100
    whole, rest = divmod(scaled.numerator, scaled.denominator)
    up = 2 * rest >= scaled.denominator
    return (Decimal(whole + up) / 100).quantize(CENT, ROUND_HALF_UP)


def _count(category: Category, cells: Sequence[Cell]) -> Counted:
    """Drops the lowest, of equals the later ones, but never all."""
    rated = [(percent, cell.item_id) for cell in cells if (percent := cell.percent) is not None]
    places = sorted(range(len(rated)), key=lambda place: (rated[place][0], -place))
    out = set(places[: max(0, min(category.drop_lowest, len(rated) - 1))])
    kept = [one for place, one in enumerate(rated) if place not in out]
    return Counted(
        category,
        mean([percent for percent, _ in kept]),
        tuple(item_id for _, item_id in kept),
        tuple(rated[place][1] for place in sorted(out)),
    )
