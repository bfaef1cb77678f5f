"""The arithmetic of periods (P-A7): dates in the billing zone, and the midnights they begin with.

Pure. A period's end is worked out from the anchor each time, never from the end before: that is why
31 January, 28 February and 31 March follow each other. Dates are those of the billing zone.
"""

import calendar
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from libs import zones

DAY = 86_400
"""Seconds."""
GRACE_DAYS = 7
"""After a period's end all works, with a reminder (P-A8)."""
READ_ONLY_DAYS = 30
"""For so long after the grace a class can be read, and be paid for (P-A8)."""
EARLY_DAYS = 30
"""So long before its end a period may be paid for in advance."""
NOTICE_HOUR = time(9)
"""When notices go out, in the billing zone; they name a day, not an hour."""


@dataclass(frozen=True, slots=True)
class Anchor:
    """What a period's end is reckoned from: the date on which an unbroken run of periods began, the
    months that are paid since, and the seconds of pauses that are kept since.
    """

    on: date
    months: int
    kept_seconds: int = 0

    def ends_on(self) -> date:
        """The date with whose midnight the last paid period ends. A day of a pause that is kept in
        part is kept whole.
        """
        return add_months(self.on, self.months) + timedelta(days=-(-self.kept_seconds // DAY))


@dataclass(frozen=True, slots=True)
class Dates:
    """What follows from a period's end, as instants: when it may be paid for in advance, ends, is
    suspended, and expires.
    """

    renewable_from: datetime
    ends_at: datetime
    suspends_at: datetime
    expires_at: datetime

    @classmethod
    def of(cls, ends_on: date, zone: str) -> "Dates":
        """Those of a period that ends on a date. Raises `KeyError` for an unknown zone."""
        return cls(
            renewable_from=midnight(ends_on - timedelta(days=EARLY_DAYS), zone),
            ends_at=midnight(ends_on, zone),
            suspends_at=midnight(ends_on + timedelta(days=GRACE_DAYS), zone),
            expires_at=midnight(ends_on + timedelta(days=GRACE_DAYS + READ_ONLY_DAYS), zone),
        )


def add_months(day: date, months: int) -> date:
    """The same day so many (0 or more) months later, or the last one of a month that is shorter."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    last = calendar.monthrange(year, month + 1)[1]
    return date(year, month + 1, min(day.day, last))


def local_date(instant: datetime, zone: str) -> date:
    """The date that it is in a zone at an instant. Raises `KeyError` for an unknown zone."""
    return zones.to_wall(instant, zone).date()


def midnight(day: date, zone: str) -> datetime:
    """The instant, in UTC, at which a date begins in a zone. Raises `KeyError` for an unknown
    zone.
    """
    return zones.to_instant(datetime.combine(day, time()), zone)


def notice_at(ends_on: date, days: int, zone: str) -> datetime:
    """When a notice goes out, so many days after a period's end (before it, if negative)."""
    day = ends_on + timedelta(days=days)
    return zones.to_instant(datetime.combine(day, NOTICE_HOUR), zone)
