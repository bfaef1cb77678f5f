"""Attempts at assessments: 200 students who save every 5 seconds, and who hand in at once."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from typing import Any
from uuid import UUID

import asyncpg
import httpx

from tests.bench import coursework
from tests.bench.load import Plan
from tests.bench.place import Place, dsn_of, owner_dsn
from tests.bench.processes import Failed, Target, drive, load, variables
from tests.bench.results import Result, at_most, middle
from tests.bench.rows_http import Ask
from tests.bench.seeds import NOW
from tests.bench.storm import Passed, Storm
from tests.stack import User

STUDENTS, EVERY_SECONDS, QUESTIONS = 200, 5.0, 10
BARE = "attempts:attempts"
PER_SECOND = {"ours": 2_000, "bare": 4_000}
"""More saves than come in a second: each has a revision of its own."""
SINGLE = {
    "content": {
        "type": "single", "prompt": "What is 2 + 2?",
        "options": [{"id": "a", "text": "Three"}, {"id": "b", "text": "Four"}],
    },
    "key": {"type": "single", "right": "b"}, "points": "1.00",
}  # fmt: skip


@dataclass
class Hall:
    """`STUDENTS` at an assessment of `QUESTIONS` questions."""

    ours: Target
    bare: Target
    dsn: str
    assessment_id: UUID
    sitting: list[tuple[User, UUID]]
    """Students and their attempts."""
    questions: list[dict[str, Any]]
    revision: int = 0

    @property
    def sides(self) -> dict[str, Target]:
        """Both programs by their names."""
        return {"ours": self.ours, "bare": self.bare}

    def saves(self, side: str, count: int) -> list[Ask]:
        """So many saves, the students in turn; each has a new revision."""
        asks = []
        for number in range(count):
            student, attempt_id = self.sitting[number % len(self.sitting)]
            self.revision += number % len(self.sitting) == 0
            asked = self.questions[self.revision % len(self.questions)]
            option = asked["content"]["options"][self.revision % 2]["id"]
            body = {"revision": self.revision, "answer": {"type": "single", "option": option}}
            asks.append(
                _ask(side, "PUT", student, f"{attempt_id}", f"/answers/{asked['id']}", body)
            )
        return asks


def _ask(side: str, method: str, student: User, attempt_id: str, what: str, body: Any) -> Ask:
    if side == "ours":
        path, headers = f"/v1/attempts/{attempt_id}{what}", student.headers
    else:
        kind, _, question_id = what.strip("/").partition("/")
        kind = kind.replace("submission", "submissions")
        path = f"/{kind}/{student.id}/{attempt_id}" + f"/{question_id}" * bool(question_id)
        headers = {}
    return method, path, headers, json.dumps(body)


@asynccontextmanager
async def _hall(place: Place, name: str) -> AsyncIterator[Hall]:
    """session_service and the bare program over one database, with everybody at it."""
    settings = await place.session_settings()
    tutor = place.stack.as_user("tutor")
    students = [place.stack.as_user() for _ in range(STUDENTS)]
    connection = await asyncpg.connect(owner_dsn(settings))
    ours = await place.processes.serve(name, "session_service.app:create_app", variables(settings))
    bare = await place.bare(BARE, {"BENCH_DSN": dsn_of(settings)})
    try:
        of = await coursework.active_class(connection, tutor, students)
        assessment_id = await _assessment(ours, tutor, of)
        ids = [row[0] for row in await connection.fetch(coursework.QUESTIONS_OF, assessment_id)]
        rows = await connection.fetch(coursework.ADD_ATTEMPTS, assessment_id, of, ids, NOW)
        await connection.execute("VACUUM ANALYZE attempts")
        by_student = {row["student_id"]: row["id"] for row in rows}
        sitting = [(one, by_student[one.id]) for one in students]
        async with httpx.AsyncClient(base_url=ours.url, headers=students[0].headers) as web:
            seen = await web.get(f"/v1/attempts/{sitting[0][1]}")
        yield Hall(
            ours, bare, owner_dsn(settings), assessment_id, sitting, seen.json()["questions"]
        )
    finally:
        await connection.close()
        place.processes.stop(ours, bare)
        place.forget(bare)


async def _assessment(target: Target, tutor: User, of: UUID) -> UUID:
    """A published one, made as tutors make it."""
    async with httpx.AsyncClient(base_url=target.url, headers=tutor.headers) as web:
        items = []
        for _ in range(QUESTIONS):
            made = (await web.post("/v1/questions", json=SINGLE)).json()
            items.append({"question_id": made["id"]})
        closes = NOW.replace(year=NOW.year + 1).isoformat()
        body = {"study_session_id": str(of), "title": "Test", "closes_at": closes}
        found = (await web.post("/v1/assessments", json=body)).json()
        path = f"/v1/assessments/{found['id']}"
        await web.put(f"{path}/items", json={"items": items})
        answer = await web.post(f"{path}/publication")
    if answer.is_error:
        raise Failed(answer.text)
    return UUID(found["id"])


def _turns(place: Place) -> Sequence[Sequence[str]]:
    """Both sides in each round, in turn first."""
    sides = ("ours", "bare")
    return [sides[::-1] if number % 2 else sides for number in range(place.rounds)]


async def autosave(place: Place) -> list[Result]:
    """`PUT /v1/attempts/{id}/answers/{id}`: at the pace of a class, and as fast as it goes."""
    async with _hall(place, "autosave") as hall:
        paced, rate = 5 * place.seconds, STUDENTS / EVERY_SECONDS
        quiet: dict[str, list[Any]] = {"ours": [], "bare": []}
        full: dict[str, list[Any]] = {"ours": [], "bare": []}
        for sides in _turns(place):
            for side in sides:
                target = hall.sides[side]
                asks = hall.saves(side, int(rate * (paced + 2)))
                plan = Plan(target.port, asks, paced, STUDENTS, rate, pids=[target.pid])
                quiet[side].append(await load(plan))
                asks = hall.saves(side, int(PER_SECOND[side] * (place.seconds + 1)))
                plan = Plan(target.port, asks, place.seconds, pids=[target.pid])
                full[side].append(await load(plan))
    pace = f"autosave: {STUDENTS} students every {EVERY_SECONDS:g} s"
    rates = " against ".join(
        f"{middle([one.rate for one in full[side]]):,.0f}/s" for side in ("ours", "bare")
    )
    return [
        *(
            Result(
                "autosave", f"{pace}, {name}", "ms", [getattr(one, name) for one in quiet["ours"]],
                [getattr(one, name) for one in quiet["bare"]],
            )
            for name in ("p50", "p99")
        ),
        Result(
            "autosave", f"{pace}, of the process", "CPU seconds per save",
            [one.cpu_ms / 1_000 for one in quiet["ours"]],
            [one.cpu_ms / 1_000 for one in quiet["bare"]],
        ),
        Result(
            "autosave", "hot write: PUT /v1/attempts/{id}/answers/{id}", "CPU ms per request",
            [one.cpu_ms for one in full["ours"]], [one.cpu_ms for one in full["bare"]],
            at_most(1.8), rates,
        ),
    ]  # fmt: skip


async def storm(place: Place) -> list[Result]:
    """`POST /v1/attempts/{id}/submission` by all within a second."""
    seen: dict[str, list[Passed]] = {"ours": [], "bare": []}
    async with _hall(place, "storm") as hall:
        for sides in _turns(place):
            for side in sides:
                seen[side].append(await _storm(hall, side))
    mine, theirs = seen["ours"], seen["bare"]
    work = f"submit storm: {STUDENTS} in one second"
    beside = " against ".join(
        f"p50 {middle([one.p50 for one in side]):.0f} ms, "
        f"p99 {middle([one.p99 for one in side]):.0f} ms"
        for side in (mine, theirs)
    )
    return [
        Result(
            "storm", f"{work}, until all are answered", "s", [one.took for one in mine],
            [one.took for one in theirs], beside=beside,
        ),
        Result(
            "storm", f"{work}: answers other than 200", "errors",
            [sum(one.wrong.values()) for one in mine], target=at_most(0, times_bare=False),
            beside=f"by status: {[one.wrong for one in mine]}",
        ),
        Result(
            "storm", "hot write with event: POST /v1/attempts/{id}/submission",
            "CPU ms per request", [one.cpu_ms for one in mine], [one.cpu_ms for one in theirs],
            at_most(1.8),
        ),
    ]  # fmt: skip


async def _storm(hall: Hall, side: str) -> Passed:
    connection = await asyncpg.connect(hall.dsn)
    await connection.execute(coursework.REOPEN, hall.assessment_id)
    await connection.execute("VACUUM ANALYZE attempts")
    await connection.close()
    target = hall.sides[side]
    asks = [_ask(side, "POST", one, str(of), "/submission", {}) for one, of in hall.sitting]
    plan = Storm(target.port, asks, pids=[target.pid])
    found = Passed(**await drive("tests.bench.storm", asdict(plan)))
    if side == "bare" and found.wrong:
        raise Failed(f"storm, {side}: {found}")
    return found


ROWS: dict[str, Callable[[Place], Awaitable[list[Result]]]] = {
    "autosave": autosave,
    "storm": storm,
}
