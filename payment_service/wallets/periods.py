"""The days of a statement."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from payment_service.wallets.errors import BadPeriod

MAX_DAYS = 366


@dataclass(frozen=True, slots=True)
class Period:
    """Days in UTC, both included."""

    first_day: date
    last_day: date

    @classmethod
    def of(cls, first_day: date | None, last_day: date | None, now: datetime) -> "Period":
        """The days that were asked for; without them from the first of the last one's month, until
        today. Raises `BadPeriod`.
        """
        last = last_day or now.astimezone(UTC).date()
        first = first_day or last.replace(day=1)
        if not timedelta(0) <= last - first < timedelta(days=MAX_DAYS) or last == date.max:
            raise BadPeriod
        return cls(first, last)

    @property
    def since(self) -> datetime:
        """Its first instant."""
        return datetime.combine(self.first_day, time(), UTC)

    @property
    def until(self) -> datetime:
        """The first instant after it."""
        return datetime.combine(self.last_day + timedelta(days=1), time(), UTC)
