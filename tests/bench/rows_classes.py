"""Classes and their lessons: lists of a tutor and of a student, and many who join one class."""

import json
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any
from urllib.parse import quote
from uuid import UUID

import asyncpg

from libs.ids import new_id
from tests.bench import seeds
from tests.bench.load import Plan
from tests.bench.place import Place, dsn_of, owner_dsn
from tests.bench.processes import Failed, Target, load, variables
from tests.bench.results import Result, at_most, middle
from tests.bench.rows_http import Ask, check_same, compare, get

BARE = "classes:timetables"
SEATS = 30
PER_SECOND, BARE_PER_SECOND = 500, 3_000
"""More joins than come in a second: each is a student's first."""


async def classes(place: Place) -> list[Result]:
    """`GET /v1/study-sessions` by a tutor, a page of 20."""
    found = await place.timetables()
    bare = await place.bare(BARE, {"BENCH_DSN": found.dsn})
    ours = get("/v1/study-sessions", found.tutor.headers)
    theirs = get(f"/classes/{found.tutor.id}")
    await check_same((found.target, ours), (bare, theirs))
    work = f"list: GET /v1/study-sessions, page of 20 of {seeds.OWNED}"
    return [
        await compare(
            place, "classes", work, at_most(1.5), (found.target, [ours]), (bare, [theirs])
        )
    ]


async def lessons(place: Place) -> list[Result]:
    """`GET /v1/lessons` by students with 10 classes, a whole month in one page."""
    found = await place.timetables()
    bare = await place.bare(BARE, {"BENCH_DSN": found.dsn})
    end = quote((seeds.TODAY + timedelta(days=31)).isoformat())
    month = f"from={quote(seeds.TODAY.isoformat())}&to={end}"
    ours = [get(f"/v1/lessons?{month}&limit=100", one.headers) for one in found.students]
    theirs = [get(f"/lessons/{one.id}?{month}") for one in found.students]
    await check_same((found.target, ours[0]), (bare, theirs[0]))
    work = f"list: GET /v1/lessons, a month of {seeds.ATTENDED} classes"
    return [
        await compare(place, "lessons", work, at_most(1.5), (found.target, ours), (bare, theirs))
    ]


async def joins(place: Place) -> list[Result]:
    """`POST /v1/memberships` by new students, of whom `SEATS` get a seat and the others wait."""
    settings = await place.session_settings()
    dsn = owner_dsn(settings)
    world = await seeds.classes(dsn, place.stack.as_user("tutor"), [])
    target = await place.processes.serve(
        "joins", "session_service.app:create_app", variables(settings)
    )
    bare = await place.bare(BARE, {"BENCH_DSN": dsn_of(settings)})
    seen: dict[str, list[Any]] = {"ours": [], "bare": []}
    for number in range(place.rounds):
        sides = [("ours", target), ("bare", bare)]
        for side, process in sides if number % 2 == 0 else reversed(sides):
            code = await _empty(dsn, world.study_session_id)
            asks = (_ours if side == "ours" else _theirs)(place, json.dumps({"join_code": code}))
            seen[side].append(await _rush(place, process, asks))
    place.processes.stop(target)
    work = f"joins: POST /v1/memberships, one class with {SEATS} seats, 8 at a time"
    mine, theirs = seen["ours"], seen["bare"]
    times = [
        (middle([one.p50 for one in side]), middle([one.p99 for one in side]))
        for side in (mine, theirs)
    ]
    beside = " against ".join(f"p50 {p50:.1f} ms, p99 {p99:.1f} ms" for p50, p99 in times)
    return [
        Result(
            "joins", work, "joins per s", [one.rate for one in mine],
            [one.rate for one in theirs], beside=beside,
        ),
        Result(
            "joins", "ordinary write with event: the same joins", "CPU ms per request",
            [one.cpu_ms for one in mine], [one.cpu_ms for one in theirs], at_most(3.0),
        ),
    ]  # fmt: skip


def _ours(place: Place, body: str) -> list[Ask]:
    people = [place.stack.as_user() for _ in range(int(PER_SECOND * (place.seconds + 1)))]
    return [("POST", "/v1/memberships", user.headers, body) for user in people]


def _theirs(place: Place, body: str) -> list[Ask]:
    count = int(BARE_PER_SECOND * (place.seconds + 1))
    return [("POST", f"/joins/{new_id()}", {}, body) for _ in range(count)]


async def _rush(place: Place, target: Target, asks: list[Ask]) -> Any:
    """One round. Raises `Failed`, also when there were not enough students."""
    seen = await load(Plan(target.port, asks, place.seconds, pids=[target.pid], expect=201))
    if seen.rate * (place.seconds + 1) > len(asks):
        raise Failed(f"{seen.rate:.0f} joins/s: some students have joined twice")
    return seen


async def _empty(dsn: str, study_session_id: UUID) -> str:
    """Takes everybody out of a class; returns its code."""
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute(
            "DELETE FROM memberships WHERE study_session_id = $1", study_session_id
        )
        await connection.execute("VACUUM ANALYZE memberships")
        return str(
            await connection.fetchval(
                "UPDATE study_sessions SET capacity = $2 WHERE id = $1 RETURNING session_code",
                study_session_id,
                SEATS,
            )
        )
    finally:
        await connection.close()


ROWS: dict[str, Callable[[Place], Awaitable[list[Result]]]] = {
    "classes": classes,
    "lessons": lessons,
    "joins": joins,
}
