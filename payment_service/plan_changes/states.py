"""The states of a change of plan, and what one costs."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

PRICE_VALID = timedelta(minutes=30)
"""For so long the price of a preview can be taken."""


class PlanChangeState(StrEnum):
    """How far a change is.

    - open: its difference is to be paid, and nothing has changed yet;
    - scheduled: it waits for the next period;
    - applied: the new plan runs;
    - lapsed: it was not paid in time, or what it was priced for had changed by then;
    - called_off: its owner took it back, or another change took its place.
    """

    OPEN = "open"
    SCHEDULED = "scheduled"
    APPLIED = "applied"
    LAPSED = "lapsed"
    CALLED_OFF = "called_off"


class When(StrEnum):
    """When a plan changes: at once, or with the next period that is paid."""

    NOW = "now"
    PERIOD_END = "period_end"


@dataclass(frozen=True, slots=True)
class Price:
    """What a change costs, in minor units of `currency` (ISO 4217): `charge` for the new plan less
    `credit` for what is unused of the old one.
    """

    credit: int
    charge: int
    currency: str

    @property
    def due(self) -> int:
        """What is to be paid; below zero, what is given back."""
        return self.charge - self.credit


@dataclass(frozen=True, slots=True)
class Span:
    """A subscription's present terms and what is left of them: a whole period of `whole` seconds
    is worth `worth` minor units, and `left` seconds of it are unused.
    """

    worth: int
    left: int
    whole: int

    def unused(self) -> int:
        """What the unused time is worth."""
        return share(self.worth, self.left, self.whole)

    def rest_of(self, amount: int) -> int:
        """What the unused time costs at another price for a whole period."""
        return share(amount, self.left, self.whole)


def share(amount: int, left: int, whole: int) -> int:
    """The part of an amount that `left` of `whole` seconds are worth, to the second as Stripe does
    it, half up to minor units. Source: https://docs.stripe.com/billing/subscriptions/prorations
    """
    return (2 * amount * left + whole) // (2 * whole) if whole else 0


def price(span: Span, amount: int, currency: str, *, anew: bool) -> Price:
    """What a change to a plan of this amount costs: the unused time is credited; a new period is
    charged in full where one begins `anew`, and else its rest only.
    """
    charge = amount if anew else span.rest_of(amount)
    return Price(span.unused(), charge, currency)
