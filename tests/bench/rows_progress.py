"""Progress of classes: dashboards, leaderboard and gradebook, and how they grow with the class."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from uuid import UUID

import asyncpg
import httpx

from session_service.app import create_app
from session_service.settings import Settings
from tests.bench import coursework
from tests.bench.coursework import ASSESSMENTS
from tests.bench.load import Plan
from tests.bench.place import Place, dsn_of, owner_dsn
from tests.bench.processes import Failed, Target, load, variables
from tests.bench.results import Result, at_most, middle
from tests.bench.rows_http import compare, get
from tests.bench.seeds import TASKS
from tests.stack import User, running
from tests.statements import statements

BARE = "progress:progresses"
SIZES = (10, 100, 1_000)
USUAL = 100
MOST_STATEMENTS = 4
GROWTH = "growth"
LEAST_SECONDS = 3.0
"""Of a round, for what counts over a thousand students."""


@dataclass(frozen=True)
class Board:
    """What is asked of a class, and what the original did for the like: its statements, and its own
    CPU in ms. `whole`: it counts over all students, and may cost as much more as there are more.
    """

    path: str
    work: str
    original: str
    statements: int
    cpu_ms: float
    whole: bool


BOARDS = (
    Board("progress-summary", "dashboard of a class", "tutor dashboard", 8, 6.35, whole=True),
    Board("progress", "progress of students, page of 20", "student progress: assessments", 23, 9.52,
          whole=False),
    Board("leaderboard", "leaderboard", "tutor leaderboard/table", 130, 47.9, whole=True),
    Board("gradebook", "gradebook, page of 20", "attended students of assessment", 102, 30.43,
          whole=False),
)  # fmt: skip
"""The original's figures stand in its own report; they are of another day, on such a machine."""


@dataclass(frozen=True)
class Classes:
    """One tutor's classes of all `SIZES`, each with `TASKS` tasks and `ASSESSMENTS` assessments."""

    target: Target
    settings: Settings
    tutor: User
    ids: dict[int, UUID]

    def path(self, board: Board, size: int) -> str:
        """Where a class's board is."""
        return f"/v1/study-sessions/{self.ids[size]}/{board.path}"


async def _classes(place: Place) -> Classes:
    if place.progress is not None:
        assert isinstance(place.progress, Classes)
        return place.progress
    settings = await place.session_settings()
    tutor = place.stack.as_user("tutor")
    connection = await asyncpg.connect(owner_dsn(settings))
    ids = {
        size: await coursework.coursework(connection, tutor, coursework.members(size))
        for size in SIZES
    }
    await coursework.settle(connection)
    await connection.close()
    target = await place.processes.serve(
        "progress", "session_service.app:create_app", variables(settings)
    )
    place.progress = Classes(target, settings, tutor, ids)
    return place.progress


async def _counts(found: Classes, board: Board) -> dict[int, int]:
    """How many statements a read takes, by the size of the class; looked at inside a process.
    Raises `Failed` when it is not the same.
    """
    counts = {}
    async with running(create_app(found.settings)) as client:
        for size in SIZES:
            path = found.path(board, size)
            answer: httpx.Response | None = None
            for _ in range(2):  # the first one may load what is kept
                with statements() as sent:
                    answer = await client.get(path, headers=found.tutor.headers)
            if answer is None or answer.is_error:
                raise Failed(f"{path}: {answer and answer.text}")
            counts[size] = len(sent)
    if len(set(counts.values())) > 1:
        raise Failed(f"{board.path}: statements by the size of the class: {counts}")
    return counts


async def progress(place: Place) -> list[Result]:
    """All boards of a class of 100 students."""
    found = await _classes(place)
    bare = await place.bare(BARE, {"BENCH_DSN": dsn_of(found.settings)})
    results = []
    for board in BOARDS:
        number = (await _counts(found, board))[USUAL]
        ours = get(found.path(board, USUAL), found.tutor.headers)
        theirs = get(f"/{board.path}/{found.ids[USUAL]}/{found.tutor.id}")
        seen = await compare(
            place, "progress", f"{board.work}: {USUAL} students x {TASKS} tasks x {ASSESSMENTS} "
            "assessments, against the same SQL",
            at_most(1.5), (found.target, [ours]), (bare, [theirs]),
        )  # fmt: skip
        results += [seen, *_beside(board, seen, number)]
    return results


def _beside(board: Board, seen: Result, number: int) -> Sequence[Result]:
    """Its statements, and the figures of the original."""
    return [
        Result(
            "progress", f"{board.work}: statements for 10, 100 and 1,000 students", "statements",
            [number], target=at_most(MOST_STATEMENTS, times_bare=False),
            beside=f"the original's “{board.original}” took {board.statements} statements "
            f"and {board.cpu_ms:.1f} ms of CPU in its process, "
            f"{board.cpu_ms / seen.mine:.1f} times ours",
        )
    ]  # fmt: skip


async def growth(place: Place) -> list[Result]:
    """How long one reader waits, in classes of 10, 100 and 1,000 students."""
    found = await _classes(place)
    results: list[Result] = []
    for board in BOARDS:
        waits: dict[int, list[float]] = {size: [] for size in SIZES}
        for _ in range(place.rounds):
            for size in SIZES:
                ask = get(found.path(board, size), found.tutor.headers)
                seconds = max(place.seconds, LEAST_SECONDS)
                plan = Plan(found.target.port, [ask], seconds, connections=1)
                waits[size].append((await load(plan)).p50)
        results += [
            Result(GROWTH, f"growth: {board.work}, {size:,} students", "ms alone (p50)",
                   waits[size], notes=(board.work, str(size)))
            for size in SIZES
        ]  # fmt: skip
        results.append(_grown(board, waits))
    return results


def _grown(board: Board, waits: dict[int, list[float]]) -> Result:
    """By how much the largest class costs more than the smallest whose page is full: a page as
    much; what counts over all students as many times more as there are, at most.
    """
    least, most = SIZES[0] if board.whole else USUAL, SIZES[-1]
    times = middle(waits[most]) / middle(waits[least])
    limit = most / least if board.whole else 1.5
    return Result(
        GROWTH, f"growth: {board.work}, {most:,} students against {least}", "times", [times],
        target=at_most(limit, times_bare=False),
    )  # fmt: skip


ROWS: dict[str, Callable[[Place], Awaitable[list[Result]]]] = {
    "progress": progress,
    GROWTH: growth,
}
