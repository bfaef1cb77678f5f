"""The reference model of attempts, as plain data: from what students were told follows what must be
held, counted and told to others in the end.

It knows nothing of the service's rules: each answer carries what it is worth.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

CLOSED_WITHIN = 5.0
"""Seconds after the deadline, and after all that nobody was there to do it."""
ZERO = Decimal("0.00")
ONCE = ("attempt.started", "attempt.closed", "marks.released")
"""What everybody hears once of an attempt that is over and marked."""


@dataclass
class Save:
    """One revision of one answer, sent once or more often: `began` is when for the first time.

    `acknowledged` is when the sending began that was acknowledged. `open`: it may have been taken
    in without anybody knowing.
    """

    question: str
    revision: int
    answer: dict[str, Any]
    worth: Decimal
    began: datetime
    acknowledged: datetime | None = None
    open: bool = False


@dataclass
class Told:
    """What the service acknowledged to one student."""

    closes_at: datetime
    """When the assessment does, for all who are granted nothing."""
    attempt_ids: set[str] = field(default_factory=set)
    saves: list[Save] = field(default_factory=list)
    deadline: datetime | None = None
    """The last one that the student was told."""
    submitting: datetime | None = None
    """When the student began to hand in."""
    submitted: datetime | None = None
    ending: str = ""
    """As the answer to handing in had it."""
    extended_to: datetime | None = None
    granting: bool = False
    """Whether a tutor has begun to grant it."""
    granted: datetime | None = None
    """When the tutor was told that it is."""
    wrong: list[str] = field(default_factory=list)
    """What students saw that must not be."""


@dataclass
class Held:
    """An answer as the store has it."""

    revision: int
    answer: dict[str, Any]


@dataclass
class Found:
    """What the stores hold of one student's attempt in the end."""

    attempts: int = 0
    """How many, of which one is described here."""
    id: str = ""
    state: str = ""
    ending: str = ""
    deadline: datetime | None = None
    takes_until: datetime | None = None
    closed_at: datetime | None = None
    closed_seen: datetime | None = None
    """When the store was first seen to hold it as closed, by somebody else's clock."""
    answers: dict[str, Held] = field(default_factory=dict)
    parts: int = 0
    """How many questions are marked."""
    mark: Decimal | None = None
    marked: int = 0
    """How often the mark was made."""
    events: Counter[str] = field(default_factory=Counter)
    order: list[str] = field(default_factory=list)
    """The attempt's own events, as they stand in their topic."""


Down = Callable[[datetime, datetime], float]
"""For how many seconds of a time nobody was there to close anything."""


@dataclass
class Sums:
    """What many attempts come to."""

    questions: int
    """In each paper."""
    within: float = CLOSED_WITHIN
    attempts: int = 0
    unheard: int = 0
    """How many students were never told that they have begun."""
    submitted: int = 0
    saves: int = 0
    lost: list[str] = field(default_factory=list)
    late: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    slow: list[str] = field(default_factory=list)
    slowest: float = 0.0
    wrong: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        return (
            f"{self.attempts} attempts ({self.submitted} handed in, "
            f"{self.attempts - self.submitted} ended by the deadline), {self.unheard} not begun "
            f"in time; {self.saves} saves acknowledged: {len(self.lost)} lost, "
            f"{len(self.late)} late ones counted, {len(self.doubled)} things doubled, "
            f"{len(self.slow)} closed too late (at most {self.slowest:.1f} s after the deadline, "
            f"outages left out), {len(self.wrong)} other contradictions"
        )

    @property
    def clean(self) -> bool:
        """Whether everything is as it must be."""
        return not self.faults

    @property
    def faults(self) -> list[str]:
        """All that is wrong, in words."""
        named = {
            "lost": self.lost, "counted late": self.late, "doubled": self.doubled,
            "closed too late": self.slow, "wrong": self.wrong,
        }  # fmt: skip
        return [f"{name}: {line}" for name, lines in named.items() for line in lines]

    def add(self, name: str, told: Told, found: Found, down: Down) -> None:
        """Holds one attempt against the model. Whoever was never told of one, since nobody was
        there to tell it, may have none, or one that the deadline has ended.
        """
        if not told.attempt_ids:
            self.unheard += 1
            if found.attempts == 0:
                return
            told = replace(told, attempt_ids={found.id})
        self.attempts += 1
        self.submitted += found.ending == "submitted"
        self.saves += sum(one.acknowledged is not None for one in told.saves)
        self.lost += [f"{name}: {line}" for line in _lost(told, found)]
        self.late += [f"{name}: {line}" for line in _late(told, found)]
        self.doubled += [f"{name}: {line}" for line in _doubled(told, found)]
        self.wrong += [f"{name}: {line}" for line in told.wrong]
        self._closing(name, found, down)
        for what, must, have in _facts(told, found, self.questions):
            if must != have:
                self.wrong.append(f"{name}: {what} is {have}, must be {must}")

    def _closing(self, name: str, found: Found, down: Down) -> None:
        if found.ending != "deadline" or found.deadline is None or found.closed_seen is None:
            return
        took = (found.closed_seen - found.deadline).total_seconds()
        took -= down(found.deadline, found.closed_seen)
        self.slowest = max(self.slowest, took)
        if found.closed_seen < found.deadline:
            self.wrong.append(f"{name}: closed {found.deadline - found.closed_seen} too early")
        if took > self.within:
            self.slow.append(f"{name}: {took:.1f} s")


def _lost(told: Told, found: Found) -> list[str]:
    """Acknowledged saves that are not there, nor any that followed them."""
    lines = []
    for save in told.saves:
        held = found.answers.get(save.question)
        if save.acknowledged and (held is None or held.revision < save.revision):
            lines.append(f"revision {save.revision} of {save.question}")
    lines += [f"{kind} was not told" for kind in ONCE if not found.events[kind]]
    return lines


def _late(told: Told, found: Found) -> list[str]:
    """Saves that were sent when nothing is taken any more, and were taken all the same."""
    submitted = told.submitted if found.ending == "submitted" else None
    end = min((one for one in (found.takes_until, submitted) if one is not None), default=None)
    lines = []
    for save in told.saves:
        held = found.answers.get(save.question)
        counted = held is not None and held.revision == save.revision
        for when in (save.acknowledged, save.began if counted else None):
            if when is not None and end is not None and when > end:
                lines.append(f"revision {save.revision} of {save.question}, sent {when - end} late")
                break
    return lines


def _doubled(told: Told, found: Found) -> list[str]:
    counts = {f"{kind} is told": found.events[kind] for kind in found.events}
    counts |= {
        "attempts are there": max(found.attempts, len(told.attempt_ids)),
        "marks were made": found.marked,
    }
    return [f"{count} times: {what}" for what, count in counts.items() if count > 1]


def _facts(told: Told, found: Found, questions: int) -> list[tuple[str, object, object]]:
    """Each thing that must be, beside what is."""
    facts: list[tuple[str, object, object]] = [
        ("the attempt", sorted(told.attempt_ids), [found.id]),
        ("the state", "closed", found.state),
        ("the deadline", True, found.deadline in _deadlines(told, found)),
        ("the ending", True, found.ending in _endings(told)),
        ("the number of marked questions", questions, found.parts),
        ("the mark", _worth(told, found), found.mark),
        ("the order of events", ["attempt.started", "attempt.closed"], found.order),
        ("what is told", set(ONCE), set(found.events)),
        ("answers that nobody gave", [], _strange(told, found)),
    ]
    if found.ending == "deadline":
        facts.append(("the end", found.deadline, found.closed_at))
    return facts


def _deadlines(told: Told, found: Found) -> list[datetime | None]:
    """Where the deadline may be. What was granted before the old one ends no attempt early; while
    it is on its way both may be.
    """
    if not told.granting:
        return [told.closes_at]
    in_time = told.granted and told.granted < told.closes_at
    must = in_time and found.ending == "deadline"
    return [told.extended_to] if must else [told.closes_at, told.extended_to]


def _endings(told: Told) -> list[str]:
    """How it may have ended: as was said, or either way while nobody knows."""
    if told.ending:
        return [told.ending]
    return ["submitted", "deadline"] if told.submitting else ["deadline"]


def _worth(told: Told, found: Found) -> Decimal:
    """What the answers that are held are worth: the last acknowledged ones, or those that followed
    them without anybody knowing.
    """
    by_revision = {(one.question, one.revision): one for one in told.saves}
    known = [by_revision.get((name, one.revision)) for name, one in found.answers.items()]
    return max(ZERO, sum((one.worth for one in known if one is not None), ZERO))


def _strange(told: Told, found: Found) -> list[str]:
    """Answers in the store that were refused, or are other ones than were sent."""
    sent = {(one.question, one.revision): one for one in told.saves}
    lines = []
    for name, held in found.answers.items():
        save = sent.get((name, held.revision))
        if save is None or not (save.acknowledged or save.open) or save.answer != held.answer:
            lines.append(f"revision {held.revision} of {name}")
    return lines


def too_early(told: Told, answered: datetime) -> bool:
    """Whether a save that was refused by then should have been taken: it was not handed in, and the
    deadline that was told has not come.
    """
    early = timedelta(0) if told.deadline is None else told.deadline - answered
    return told.submitting is None and early > timedelta(0)
