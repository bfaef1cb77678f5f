"""The campaign: rounds of students at short assessments, session_service killed meanwhile, the
model after each round.
"""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import timedelta
from random import Random
from typing import Any, Self

import httpx

from tests.faults.attempts.books import Books, Reader
from tests.faults.attempts.cases import MORE, WINDOW, Case
from tests.faults.attempts.desk import TutorDesk
from tests.faults.attempts.model import CLOSED_WITHIN, Sums, Told
from tests.faults.attempts.papers import QUESTIONS, Class, open_class
from tests.faults.attempts.people import Run, Student
from tests.faults.attempts.stage import PROGRAMS
from tests.faults.blows import Rounds, Toll, deck, met
from tests.faults.stage import Stage
from tests.stack import Stack

ROUND = 25
"""Students who are at one assessment at a time."""
BLOWS = 4
"""Of a round, at least: they go on while somebody is at it."""
SETTLE_SECONDS = 90.0
STARTS = 4
"""For how many starts of a process an assessment is open at least, however slow the machine is."""
POINTS = met(
    ("attempts.", "postgres.", "outbox.", "consumer.", "inbox.", "jobs.before_run"),
    "outbox.after_insert_of_job",  # attempts order no jobs
    "outbox.before_sending_jobs",
    "outbox.after_sending_jobs_before_mark",
)
"""All that session_service's processes come to while students are at assessments."""


@dataclass
class Figures(Toll):
    """What a campaign has seen."""

    sums: Sums = field(default_factory=lambda: Sums(len(QUESTIONS)))

    @property
    def faults(self) -> list[str]:
        """All that is wrong, in words."""
        return [*self.sums.faults, *super().faults]

    @property
    def whole(self) -> bool:
        """Whether nothing was wrong but how long things took, which a busy machine explains."""
        return len(self.faults) == len(self.sums.slow)

    def __str__(self) -> str:
        return f"{self.sums}; {super().__str__()}"


class AttemptsCampaign(Rounds[Case]):
    """Students at short assessments."""

    round_size, least_blows = ROUND, BLOWS
    figures: Figures

    def __init__(
        self, stage: Stage, stack: Stack, seed: str, say: Callable[[str], None],
        within: float = CLOSED_WITHIN, settle_seconds: float = SETTLE_SECONDS,
    ) -> None:  # fmt: skip
        """`within` are the seconds after a deadline in which somebody who is there closes."""
        cards = deck(Random(f"{seed} deck"), POINTS, PROGRAMS)
        super().__init__(stage, seed, say, settle_seconds, cards)
        self.figures = Figures()
        self.runs: list[Run] = []
        self._stack, self._within = stack, within
        self._reader = Reader(stage)
        self._open = AsyncExitStack()
        self._assessments: set[str] = set()

    async def __aenter__(self) -> Self:
        web = await self._open.enter_async_context(
            httpx.AsyncClient(base_url=self._stage.url, timeout=10, limits=httpx.Limits())
        )
        self.desk = TutorDesk(web, tutor=self._stack.as_user("tutor"))
        students = [self._stack.as_user() for _ in range(ROUND)]
        self._class: Class = await open_class(self._stage, self.desk, students)
        self._watching = asyncio.create_task(self._reader.watch())
        return self

    async def __aexit__(self, *_: object) -> None:
        self._watching.cancel()
        await asyncio.gather(self._watching, return_exceptions=True)
        await self._open.aclose()

    async def _begin(self, cases: Sequence[Case]) -> "asyncio.Future[Any]":
        new = await self._sit_down(cases)
        self.runs += new
        playing = asyncio.gather(*(Student(self.desk, run).play() for run in new))
        await _some_began(playing, new)
        return playing

    async def _waiting(self) -> int:
        return await self._reader.waiting()

    async def _sit_down(self, cases: Sequence[Case]) -> list[Run]:
        """A new assessment, and who will be at it."""
        window = timedelta(seconds=max(WINDOW, STARTS * self._stage.slowest_start))
        assessment_id, closes_at = await self._class.assessment(window)
        self._assessments.add(assessment_id)
        runs = []
        for case, student in zip(cases, self._class.students, strict=False):
            more = None if case.extended is None else closes_at + timedelta(seconds=MORE)
            told = Told(closes_at, extended_to=more)
            runs.append(Run(case, student, assessment_id, told))
        return runs

    async def judge(self) -> None:
        """Holds all that is stored against the model now, and keeps it in `figures`."""
        books = await self._reader.read()
        self.figures.sums = Sums(len(QUESTIONS), self._within)
        for run in self.runs:
            found = books.found[run.assessment_id, str(run.student.id)]
            name = f"{run.student.code} at {run.assessment_id} ({run.case.end})"
            self.figures.sums.add(name, run.told, found, self._stage.down)
        self._assess(books)
        self.figures.lost_letters, self.figures.events = books.lost, books.events
        self.figures.answers = self.desk.answers.statuses
        self.figures.cut = self.desk.answers.cut

    def _assess(self, books: Books) -> None:
        """Each assessment is closed once, and nobody but those who play is at it."""
        once = dict.fromkeys(self._assessments, 1)
        if books.closings != once:
            self.figures.sums.wrong.append(f"closings of assessments: {books.closings}")
        played = {(run.assessment_id, str(run.student.id)) for run in self.runs}
        self.figures.sums.wrong += [f"nobody's: {place}" for place in set(books.found) - played]


async def _some_began(playing: "asyncio.Future[Any]", runs: Sequence[Run]) -> None:
    """Waits until one in four is at it: where nobody begins, nothing is to be seen."""
    few = len(runs) / 4
    while not playing.done() and sum(bool(one.told.attempt_ids) for one in runs) < few:  # noqa: ASYNC110
        await asyncio.sleep(0.02)
