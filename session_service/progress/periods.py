"""Periods of days in a class's zone, as instants. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from libs import zones
from session_service.progress.schemas import Step

BEGINNING = datetime(1, 1, 2, tzinfo=UTC)
END = datetime(9999, 12, 30, tzinfo=UTC)
DAY = timedelta(days=1)
YEAR = 12


@dataclass(frozen=True, slots=True)
class Period:
    """Days from `since` to `until`, both included; null for without end."""

    since: date | None = None
    until: date | None = None

    def bounds(self, zone: str) -> tuple[datetime, datetime]:
        """The instant at which it begins where clocks show `zone`, and that after its end."""
        begins = midnight(self.since, zone) if self.since else BEGINNING
        return begins, midnight(self.until + DAY, zone) if self.until else END


ALWAYS = Period()


def midnight(day: date, zone: str) -> datetime:
    """When a day begins in a zone; where a clock skips midnight, the first moment after."""
    return zones.to_instant(datetime.combine(day, time.min), zone)


def steps(step: Step, until: date, count: int) -> Sequence[date]:
    """The first days of `count` weeks or months, of which the last holds the day `until`, and the
    first day after them.
    """
    if step is Step.WEEK:
        monday = until - timedelta(days=until.weekday())
        return [monday + timedelta(weeks=n) for n in range(1 - count, 2)]
    last = until.year * YEAR + until.month - 1
    return [date(n // YEAR, n % YEAR + 1, 1) for n in range(last - count + 1, last + 2)]
