"""Joining a class: many students, one class with few seats, one lock."""

import json
from collections.abc import Awaitable, Callable
from uuid import UUID

import asyncpg

from tests.bench import seeds
from tests.bench.load import Plan
from tests.bench.place import Place, owner_dsn
from tests.bench.processes import load, variables
from tests.bench.results import Result

SEATS = 30
PER_SECOND = 400
"""More joins than come in a second: each is a student's first."""


async def joins(place: Place) -> list[Result]:
    """`POST /v1/memberships` by new students, of whom `SEATS` get a seat and the others wait."""
    settings = await place.session_settings()
    dsn = owner_dsn(settings)
    world = await seeds.classes(dsn, place.stack.as_user("tutor"), [])
    target = await place.processes.serve(
        "joins", "session_service.app:create_app", variables(settings)
    )
    seen = []
    for _ in range(place.rounds):
        code = await _empty(dsn, world.study_session_id)
        body = json.dumps({"join_code": code})
        people = [place.stack.as_user() for _ in range(int(PER_SECOND * (place.seconds + 1)))]
        asks = [("POST", "/v1/memberships", user.headers, body) for user in people]
        plan = Plan(target.port, asks, place.seconds, pids=[target.pid], expect=201)
        seen.append(await load(plan))
    place.processes.stop(target)
    beside = f"p50 {seen[-1].p50:.1f} ms, p99 {seen[-1].p99:.1f} ms, {seen[-1].cpu_ms:.2f} CPU ms"
    work = f"joins: POST /v1/memberships, one class with {SEATS} seats, all at once"
    return [Result("joins", work, "joins per second", [one.rate for one in seen], beside=beside)]


async def _empty(dsn: str, study_session_id: UUID) -> str:
    """Takes everybody out of a class; returns its code."""
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute(
            "DELETE FROM memberships WHERE study_session_id = $1", study_session_id
        )
        return str(
            await connection.fetchval(
                "UPDATE study_sessions SET capacity = $2 WHERE id = $1 RETURNING session_code",
                study_session_id,
                SEATS,
            )
        )
    finally:
        await connection.close()


ROWS: dict[str, Callable[[Place], Awaitable[list[Result]]]] = {"joins": joins}
