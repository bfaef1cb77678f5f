"""The one place that reads the wall clock; everything else is handed a time.

All instants are aware UTC datetimes. Tests hand in `FixedClock`.
"""

from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """Something that knows the time."""

    def now(self) -> datetime:
        """The present instant, aware, in UTC."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """The present instant, aware, in UTC."""
        return datetime.now(UTC)


class FixedClock:
    """A clock for tests: stands still until it is moved."""

    def __init__(self, at: datetime) -> None:
        self.at = at

    def now(self) -> datetime:
        """The instant at which the clock stands."""
        return self.at

    def move(self, by: timedelta) -> None:
        """Moves the clock by a (positive or negative) time."""
        self.at += by
