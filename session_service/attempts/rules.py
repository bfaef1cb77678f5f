"""The rules of attempts (S17, S18, S-A6, S-A9, S-A11). Pure."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

from session_service.assessments.schemas import Counting
from session_service.marks.rules import half_up

MICROSECONDS = 60_000_000


@dataclass(frozen=True, slots=True)
class Grant:
    """What one student is granted: a closing time of the own, and by what time limits grow."""

    closes_at: datetime | None = None
    factor: Decimal = Decimal(1)


def end_of_window(closes_at: datetime, closed_at: datetime | None, grant: Grant) -> datetime:
    """When the window ends for one student: `closed_at` is when the tutor has ended it for all,
    and an extension of the student's own holds all the same.
    """
    shared = closes_at if closed_at is None else min(closes_at, closed_at)
    return shared if grant.closes_at is None else max(shared, grant.closes_at)


def deadline(
    started_at: datetime, window_end: datetime, limit_minutes: int | None, grant: Grant
) -> datetime:
    """`min(started + limit x extra-time factor, close + extension)` (S-A6)."""
    if limit_minutes is None:
        return window_end
    allowed = timedelta(microseconds=int(limit_minutes * MICROSECONDS * grant.factor))
    return min(started_at + allowed, window_end)


def next_number(taken: Collection[int], limit: int | None) -> int | None:
    """The lowest number that no attempt has, from 1; `None` when all are used up."""
    number = next(one for one in range(1, len(taken) + 2) if one not in taken)
    return None if limit is not None and number > limit else number


@dataclass(frozen=True, slots=True)
class Scored:
    """An attempt that is over: its points, `None` while a part of it waits to be marked."""

    attempt_id: UUID
    started_at: datetime
    total: Decimal | None


@dataclass(frozen=True, slots=True)
class Counted:
    """What counts of a student's attempts: one of them, whose parts make up the mark; or with
    `mean`, a number that is none's own.
    """

    attempt_id: UUID
    mean: Decimal | None = None


def count(attempts: Sequence[Scored], counting: Counting) -> Counted | None:
    """The attempt that counts (S-A11), `None` if there is none. Where one that matters waits to be
    marked, it is that one: nobody knows the total yet (S-A9). Of the same points, the first counts.
    """
    ordered = sorted(attempts, key=lambda one: (one.started_at, one.attempt_id))
    if not ordered:
        return None
    if counting is Counting.FIRST:
        return Counted(ordered[0].attempt_id)
    if counting is Counting.LATEST:
        return Counted(ordered[-1].attempt_id)
    waiting = [one for one in ordered if one.total is None]
    if waiting:
        return Counted(waiting[0].attempt_id)
    totals = [one.total for one in ordered if one.total is not None]
    if counting is Counting.AVERAGE and len(totals) > 1:
        return Counted(ordered[-1].attempt_id, half_up(sum(totals, Decimal(0)) / len(totals)))
    return Counted(ordered[totals.index(max(totals))].attempt_id)
