"""Calendars read back by a parser that has nothing to do with the writer: vobject, and dateutil's
rules. What it finds is held against what the API says.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import vobject  # type: ignore[import-untyped]


@dataclass(frozen=True, order=True)
class Seen:
    """One occurrence as a calendar program shows it."""

    start: datetime
    end: datetime
    title: str
    status: str


def read(text: str) -> Any:
    """The calendar's object; zones are those that the calendar defines."""
    return vobject.readOne(text, validate=True)


def occurrences(text: str, start: datetime, end: datetime) -> list[Seen]:
    """All occurrences that start within a span: recurring events unrolled, and what was set for one
    alone in place of what the rule says.
    """
    events = read(text).contents.get("vevent", [])
    own = {
        (event.uid.value, _utc(event.recurrence_id.value)): event
        for event in events
        if "recurrence-id" in event.contents
    }
    found = [_seen(event, _utc(event.dtstart.value)) for event in own.values()]
    for event in events:
        if "recurrence-id" not in event.contents:
            found += [
                _seen(event, at) for at in _unrolled(event, end) if (event.uid.value, at) not in own
            ]
    return sorted(one for one in found if start <= one.start < end)


def _unrolled(event: Any, end: datetime) -> Iterator[datetime]:
    """Starts in UTC. A rule is unrolled in wall time, and each place then gets the zone."""
    start = event.dtstart.value
    if "rrule" not in event.contents:
        yield _utc(start)
        return
    for place in event.getrruleset(addRDate=True):
        at = _utc(place)
        if at >= end + timedelta(days=2):
            return
        yield at


def _utc(value: datetime) -> datetime:
    assert value.tzinfo is not None
    return value.astimezone(UTC)


def _seen(event: Any, at: datetime) -> Seen:
    length = event.duration.value
    status = event.status.value
    return Seen(at, at + length, event.summary.value, status)
