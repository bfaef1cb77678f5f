"""What late work costs (S-A4). Pure.

Work is on time up to and including the due time and the grace. After that each day of 24 hours that
has begun costs some per cent: of what was earned, or of what could be earned.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Literal

Base = Literal["earned", "maximum"]
DAY = timedelta(days=1)
CENT = Decimal("0.01")
WHOLE = Decimal(100)


@dataclass(frozen=True, slots=True)
class LatePolicy:
    """How late work is treated. `percent_per_day` and `cap_percent` are from 0 to 100; late work is
    taken for `cut_off` after the grace, or without end if that is null.
    """

    grace: timedelta = timedelta(minutes=10)
    percent_per_day: Decimal = Decimal(0)
    base: Base = "earned"
    cap_percent: Decimal = WHOLE
    cut_off: timedelta | None = timedelta()


@dataclass(frozen=True, slots=True)
class Penalty:
    """What late work loses: `percent`, from 0 to 100, of its base, for so many started days."""

    days: int
    percent: Decimal
    base: Base

    def taken_from(self, earned: Decimal, maximum: Decimal) -> Decimal:
        """The points to take away: two places, half up, and never more than were earned."""
        base = earned if self.base == "earned" else maximum
        lost = (base * self.percent / WHOLE).quantize(CENT, ROUND_HALF_UP)
        return max(Decimal(0), min(lost, earned))


def own_due(due_at: datetime, extended_to: datetime | None) -> datetime:
    """When work is due for one student: an extension counts as long as it is the later time, for
    the item itself may have been put off past it.
    """
    return due_at if extended_to is None else max(due_at, extended_to)


def penalty(policy: LatePolicy, due_at: datetime, received_at: datetime) -> Penalty | None:
    """What work received at an instant loses; `None` if it is on time."""
    late = received_at - (due_at + policy.grace)
    if late <= timedelta():
        return None
    days = -(-late // DAY)
    percent = min(policy.percent_per_day * days, policy.cap_percent)
    return Penalty(days, percent, policy.base)


def closes_at(policy: LatePolicy, due_at: datetime) -> datetime | None:
    """The last instant at which work is taken, itself included; `None` if there is no end."""
    return None if policy.cut_off is None else due_at + policy.grace + policy.cut_off
