"""From what is known of a student to what counts (S-A13): pure, and the same in any order.

Late and left early are ways of being present, and may both hold: `state` says late then, and the
flags say both. Whoever was there for less than the class's percentage was absent, whenever that
was. Of a check-in and a call the better one counts: who sat in the room needs no call.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from session_service.attendance.schemas import AttendanceState, Source

RANK = (
    AttendanceState.PRESENT,
    AttendanceState.LATE,
    AttendanceState.LEFT_EARLY,
    AttendanceState.ABSENT,
)
"""From the best to the worst."""

Span = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True)
class Times:
    """A lesson's own time, and the class's settings: how much of it, in percent, one must be there;
    so much later one may come, or earlier go.
    """

    starts_at: datetime
    ends_at: datetime
    percent: int
    late_after: timedelta
    early_before: timedelta


@dataclass(frozen=True, slots=True)
class CheckedIn:
    """When and how a student checked in."""

    at: datetime
    source: Source


@dataclass(frozen=True, slots=True)
class Finding:
    """What counts. `minutes` are whole ones in the call; `None` without a call."""

    state: AttendanceState
    source: Source | None
    came_late: bool = False
    left_early: bool = False
    minutes: int | None = None


def union(spans: Iterable[Span], within: Span) -> list[Span]:
    """The time that spans cover together, within another one, as spans that do not touch."""
    clipped = sorted((max(a, within[0]), min(b, within[1])) for a, b in spans)
    found: list[Span] = []
    for begin, end in clipped:
        if begin >= end:
            continue
        if found and begin <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], end))
        else:
            found.append((begin, end))
    return found


def by_call(times: Times, spans: Iterable[Span]) -> Finding | None:
    """What a person's stays in the call come to, on however many devices; `None` for none in the
    lesson's time.
    """
    there = union(spans, (times.starts_at, times.ends_at))
    if not there:
        return None
    spent = sum((end - begin for begin, end in there), timedelta())
    came_late = there[0][0] - times.starts_at > times.late_after
    left_early = times.ends_at - there[-1][1] > times.early_before
    state = AttendanceState.PRESENT
    if spent * 100 < (times.ends_at - times.starts_at) * times.percent:
        state = AttendanceState.ABSENT
    elif came_late:
        state = AttendanceState.LATE
    elif left_early:
        state = AttendanceState.LEFT_EARLY
    return Finding(state, Source.CALL, came_late, left_early, spent // timedelta(minutes=1))


def by_check_in(times: Times, checked_in: CheckedIn) -> Finding:
    """What a check-in comes to."""
    came_late = checked_in.at - times.starts_at > times.late_after
    state = AttendanceState.LATE if came_late else AttendanceState.PRESENT
    return Finding(state, checked_in.source, came_late)


def find(times: Times, spans: Iterable[Span], checked_in: CheckedIn | None) -> Finding:
    """What counts, of all that is known; of nothing: absent."""
    called = by_call(times, spans)
    minutes = called.minutes if called else None
    known = [called] if called else []
    if checked_in is not None:
        known.insert(0, by_check_in(times, checked_in))
    if not known:
        return Finding(AttendanceState.ABSENT, None)
    best = min(known, key=lambda one: RANK.index(one.state))
    return Finding(best.state, best.source, best.came_late, best.left_early, minutes)
