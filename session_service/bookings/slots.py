"""Which times of a week's plan are free. Pure: no clock, no database."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from libs import zones
from session_service.bookings.schemas import WEEK, Window

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Span:
    """From an instant until, exclusively, another; both in UTC."""

    start: datetime
    end: datetime

    def meets(self, other: "Span") -> bool:
        """Whether the two have a moment in common."""
        return self.start < other.end and other.start < self.end


@dataclass(frozen=True, slots=True)
class Plan:
    """A teacher's week: windows in wall time of a zone, cut into slots of a length."""

    zone: str
    slot: timedelta
    buffer: timedelta
    notice: timedelta
    horizon: timedelta
    windows: Sequence[Window]
    days_off: frozenset[date]

    def open_between(self, asked: Span, now: datetime) -> Span:
        """The part of a span in which slots may start and end at all."""
        start, end = max(asked.start, now + self.notice), min(asked.end, now + self.horizon)
        return Span(start, max(start, end))

    def free(self, asked: Span, busy: Sequence[Span], now: datetime) -> list[Span]:
        """The slots that lie within a span and keep the buffer from everything that is busy,
        earliest first. A slot is real time: on the night of a clock change a window has fewer or
        more of them.
        """
        bounds = self.open_between(asked, now)
        taken = [Span(one.start - self.buffer, one.end + self.buffer) for one in busy]
        return sorted(
            (
                slot
                for slot in self._slots(bounds)
                if bounds.start <= slot.start
                and slot.end <= bounds.end
                and not any(slot.meets(one) for one in taken)
            ),
            key=lambda slot: slot.start,
        )

    def _slots(self, bounds: Span) -> Iterator[Span]:
        day = zones.to_wall(bounds.start, self.zone).date()
        last = zones.to_wall(bounds.end, self.zone).date()
        while day <= last:
            for window in self.windows if day not in self.days_off else ():
                if WEEK[day.weekday()] == window.weekday:
                    yield from self._cut(day, window)
            day += DAY

    def _cut(self, day: date, window: Window) -> Iterator[Span]:
        midnight = datetime.combine(day, time())
        opens, closes = (
            zones.to_instant(midnight + timedelta(minutes=minutes), self.zone)
            for minutes in window.minutes
        )
        while opens + self.slot <= closes:
            yield Span(opens, opens + self.slot)
            opens += self.slot
