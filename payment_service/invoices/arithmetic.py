"""What part of a price is tax. Pure, and exact: in integers, by fractions.

Prices include tax. With rates r1, r2, … on the net price, a tax's share of a price p is
p * ri / (1 + r1 + r2 + …), rounded half up to whole minor units line by line; what remains is the
net price, so that the parts always make up the price.
"""

from collections.abc import Sequence
from decimal import ROUND_HALF_EVEN, Decimal
from fractions import Fraction
from typing import NamedTuple

from payment_service.settings import TaxPart

SHOWN = Decimal("0.0001")


class Share(NamedTuple):
    """One tax in a price. `amount` is in minor units; `rounding` is by how much of a minor unit
    that is more than the exact share, to four places.
    """

    part: TaxPart
    amount: int
    rounding: Decimal


class Split(NamedTuple):
    """A price, taken apart: `net` and the shares make it up."""

    net: int
    shares: tuple[Share, ...]

    @property
    def tax(self) -> int:
        """All taxes together, in minor units."""
        return sum(share.amount for share in self.shares)


def split(price: int, parts: Sequence[TaxPart]) -> Split:
    """Takes a price in minor units apart."""
    return split_next(0, price, parts)


def split_next(before: int, amount: int, parts: Sequence[TaxPart]) -> Split:
    """Takes a part of a price apart, of which `before` was taken apart already: whatever the parts
    are, together they are what `split` makes of the whole.
    """
    exact = [_share(amount, part, parts) for part in parts]
    taken = [
        half_up(_share(before + amount, part, parts)) - half_up(_share(before, part, parts))
        for part in parts
    ]
    shares = tuple(
        Share(part, amount, _shown(amount - share))
        for part, amount, share in zip(parts, taken, exact, strict=True)
    )
    return Split(amount - sum(taken), shares)


def share_out(amount: int, weights: Sequence[int]) -> list[int]:
    """Parts of an amount in minor units by weights, which are positive: exact in sum, and each less
    than a unit from its exact share. What rounding down leaves goes, unit by unit, to the largest
    remainders, of equal ones to the first (100.00 over three: 33.34, 33.33, 33.33).
    """
    total = sum(weights)
    parts = [amount * weight // total for weight in weights]
    by_remainder = sorted(range(len(weights)), key=lambda place: -(amount * weights[place] % total))
    for place in by_remainder[: amount - sum(parts)]:
        parts[place] += 1
    return parts


def half_up(value: Fraction) -> int:
    """The nearest integer, of two the higher."""
    return (2 * value.numerator + value.denominator) // (2 * value.denominator)


def _share(price: int, part: TaxPart, parts: Sequence[TaxPart]) -> Fraction:
    rates = sum(Fraction(one.percent) for one in parts)
    return price * Fraction(part.percent) / (100 + rates)


def _shown(difference: Fraction) -> Decimal:
    exact = Decimal(difference.numerator) / Decimal(difference.denominator)
    return exact.quantize(SHOWN, ROUND_HALF_EVEN)
