"""Dates of a class, moved by days of the calendar. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from libs import zones


@dataclass(frozen=True, slots=True)
class Shift:
    """So many days later on the calendar: what is at 17:00 stays at 17:00, whatever clocks do in
    between (S35).
    """

    days: int

    def wall(self, at: datetime) -> datetime:
        """A wall time, later."""
        return at + timedelta(days=self.days)

    def instant(self, at: datetime, zone: str) -> datetime:
        """The instant at which clocks of a zone show the same time of day, later."""
        return zones.to_instant(self.wall(zones.to_wall(at, zone)), zone)


def between(days: Iterable[date], first: date) -> int:
    """How many days the earliest of some days is before another one; 0 if there are none."""
    return (first - min(days, default=first)).days
