"""When a student is at risk (S36, ADR 37): five rules, each with its numbers. Pure.

The three things they look at, attendance, work and marks, are those of early-warning systems in
schools (Balfanz, Herzog and Mac Iver 2007; Balfanz and Byrnes 2012). Their thresholds are shares of
a school year; a class here has a lesson and a piece of work or two a week, so ours are of the last
few. Each is more than half of what is looked at, so that no single slip makes anybody a case.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from session_service.at_risk.schemas import ReasonCode
from session_service.marks.rules import half_up

WORKS = 5
"""How much of the newest work is looked at: some weeks of it; older lapses are forgiven."""
WORKS_MISSED = 3
"""More than half of it. With fewer works than this the rule is not asked."""
QUIET_DAYS = 14
"""Two weeks: longer than an illness or a week of holidays takes."""
QUIET_WORKS = 2
"""So much must have been due in that time: who is asked for nothing is not silent, and one piece
that did not come is a slip.
"""
MARKS = 4
"""How many marks a mean is of. If marks of one student scatter by 12 points, the difference of two
such means does by 12 · √(2 ÷ 4) ≈ 8.5; means of fewer would call chance a fall.
"""
FALL = Decimal(15)
"""Points of per cent: 1.8 times that scatter, which chance alone reaches with 4 of 100 students."""
LOW_MARKS = 3
"""How many marks at least make a mean worth a word."""
LOW = Decimal(50)
"""Per cent below which the mean is low: half of the points, where many scales begin to fail."""
LESSONS = 4
"""How many of the newest lessons are looked at: a month of weekly ones."""
LESSONS_MISSED = 3
"""More than half of them. With fewer lessons than this the rule is not asked."""
NOT_ASKED_ALONE = frozenset({ReasonCode.NOTHING_HANDED_IN})
"""Silence is a reason, but no silence is too little to find that all is well."""


@dataclass(frozen=True, slots=True)
class DueWork:
    """Work that was due on a day, is not excused, and is `missed` or was handed in."""

    day: date
    missed: bool


@dataclass(frozen=True, slots=True)
class Scored:
    """A released mark of work, in per cent, and the day on which it counts."""

    day: date
    percent: Decimal


@dataclass(frozen=True, slots=True)
class Attended:
    """A lesson that is over, on a day, from which the student was absent or not."""

    day: date
    absent: bool


@dataclass(frozen=True, slots=True)
class Signals:
    """What is known of a student, the newest first. `quiet_since` is the day of the last work that
    was handed in, or of coming into the class; `unanswered` how much was due after it and did not
    come.
    """

    today: date
    works: Sequence[DueWork] = ()
    marks: Sequence[Scored] = ()
    lessons: Sequence[Attended] = ()
    quiet_since: date | None = None
    unanswered: int = 0


@dataclass(frozen=True, slots=True)
class Found:
    """A reason: the days it is of, its numbers by the names of the schema, and in words."""

    code: ReasonCode
    since: date
    until: date
    numbers: dict[str, int | Decimal]
    text: str


@dataclass(frozen=True, slots=True)
class TooLittle:
    """A rule needs more than there is."""

    code: ReasonCode
    have: int
    need: int


Answer = Found | TooLittle | None


def judge(signals: Signals) -> tuple[list[Found], list[TooLittle]]:
    """All reasons, in the order of the rules, and the rules that could not be asked."""
    answers = [rule(signals) for rule in RULES]
    return (
        [one for one in answers if isinstance(one, Found)],
        [one for one in answers if isinstance(one, TooLittle)],
    )


def is_known(not_asked: Sequence[TooLittle]) -> bool:
    """Whether enough was known for a rule that can find that all is well."""
    return bool(set(ReasonCode) - NOT_ASKED_ALONE - {one.code for one in not_asked})


def work_missed(signals: Signals) -> Answer:
    """Most of the last works did not come."""
    code, works = ReasonCode.WORK_MISSED, signals.works[:WORKS]
    if len(works) < WORKS_MISSED:
        return TooLittle(code, len(works), WORKS_MISSED)
    missed = sum(one.missed for one in works)
    if missed < WORKS_MISSED:
        return None
    text = f"missed {missed} of the last {len(works)} pieces of work"
    return _found(code, works, text, missed=missed, works=len(works))


def nothing_handed_in(signals: Signals) -> Answer:
    """Nothing came for long, though something was due."""
    code, since = ReasonCode.NOTHING_HANDED_IN, signals.quiet_since
    if len(signals.works) < QUIET_WORKS:
        return TooLittle(code, len(signals.works), QUIET_WORKS)
    days = (signals.today - since).days if since else 0
    if since is None or days < QUIET_DAYS or signals.unanswered < QUIET_WORKS:
        return None
    text = f"no hand-in for {days} days, in which {signals.unanswered} pieces of work were due"
    numbers = {"days": days, "due": signals.unanswered}
    return Found(code, since, signals.today, {**numbers}, text)


def marks_fell(signals: Signals) -> Answer:
    """The last marks are worse than those before."""
    code, marks = ReasonCode.MARKS_FELL, signals.marks[: 2 * MARKS]
    if len(marks) < 2 * MARKS:
        return TooLittle(code, len(marks), 2 * MARKS)
    before, after = mean(marks[MARKS:]), mean(marks[:MARKS])
    if before - after < FALL:
        return None
    text = f"marks fell from {shown(before)} to {shown(after)} over the last {MARKS} marks"
    return _found(code, marks, text, before_percent=before, after_percent=after, marks=MARKS)


def marks_low(signals: Signals) -> Answer:
    """The last marks are bad, whatever those before were."""
    code, marks = ReasonCode.MARKS_LOW, signals.marks[:MARKS]
    if len(marks) < LOW_MARKS:
        return TooLittle(code, len(marks), LOW_MARKS)
    average = mean(marks)
    if average >= LOW:
        return None
    text = f"average of {shown(average)} in the last {len(marks)} marks"
    return _found(code, marks, text, percent=average, marks=len(marks))


def lessons_missed(signals: Signals) -> Answer:
    """Absent, not excused, from most of the last lessons."""
    code, lessons = ReasonCode.LESSONS_MISSED, signals.lessons[:LESSONS]
    if len(lessons) < LESSONS_MISSED:
        return TooLittle(code, len(lessons), LESSONS_MISSED)
    absent = sum(one.absent for one in lessons)
    if absent < LESSONS_MISSED:
        return None
    text = f"absent from {absent} of the last {len(lessons)} lessons"
    return _found(code, lessons, text, absent=absent, lessons=len(lessons))


RULES: Sequence[Callable[[Signals], Answer]] = (
    work_missed,
    nothing_handed_in,
    marks_fell,
    marks_low,
    lessons_missed,
)
"""One for each code."""


def _found(
    code: ReasonCode,
    behind: Sequence[DueWork] | Sequence[Scored] | Sequence[Attended],
    text: str,
    /,
    **numbers: int | Decimal,
) -> Found:
    return Found(code, behind[-1].day, behind[0].day, numbers, text)


def mean(marks: Sequence[Scored]) -> Decimal:
    """Of percentages: two places, half up."""
    return half_up(sum((one.percent for one in marks), Decimal()) / len(marks))


def shown(percent: Decimal) -> str:
    """As it is read: with no more places than it has."""
    text = f"{percent:.2f}".rstrip("0").rstrip(".")
    return f"{text} %"
