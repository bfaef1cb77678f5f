"""Bare handlers for classes, their lessons and those who join; see `ceilings/http.py`."""

from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg
from fastapi import FastAPI, Request
from pydantic_core import from_json
from starlette.responses import Response

from libs.clock import SystemClock
from libs.ids import new_id
from libs.timelines import encode
from tests.bench.ceilings.http import ADD_LETTER, answer, bare_app, letter_of, page_of, pool

LISTED = 100
CLASSES = """
SELECT id, session_code, name, description, zone, tutor_id, state, paid_at, approved_at,
rejected_at, rejection_reason, ended_at, paused_at, capacity, admission, attendance_percent,
late_minutes, early_minutes, NULL AS image, created_at
FROM study_sessions WHERE tutor_id = $1 ORDER BY id DESC LIMIT 21
"""
LESSONS = """
SELECT id, series_id, study_session_id, teacher_id, student_id, recurrence_id, title, description,
local_start, zone, starts_at, ends_at, state, holiday_id, moved, sequence FROM lessons
WHERE study_session_id = ANY(ARRAY(
 SELECT study_session_id FROM memberships WHERE student_id = $1 AND state = 'approved'))
AND starts_at > $2::timestamptz - interval '1 day' AND starts_at < $3 AND ends_at > $2
AND state <> 'dropped' AND student_id IS NULL ORDER BY starts_at, id LIMIT 101
"""
BY_CODE = "SELECT id FROM study_sessions WHERE session_code = $1"
LOCKED = """
SELECT id, session_code, tutor_id, state, capacity FROM study_sessions WHERE id = $1
FOR NO KEY UPDATE
"""
CODE = "SELECT code FROM join_codes WHERE study_session_id = $1"
PRESENT = "SELECT id FROM memberships WHERE student_id = $1 AND study_session_id = $2"
SEATS = """
SELECT count(*) FILTER (WHERE state IN ('pending', 'approved')) AS taken,
coalesce(max(waiting_number), 0) AS last_number FROM memberships WHERE study_session_id = $1
"""
ADD_MEMBER = """
INSERT INTO memberships (id, study_session_id, student_id, student_code, state, waiting_number,
requested_at, revision) VALUES ($1, $2, $3, $4, $5, $6, $7, 1)
"""


def timetables() -> FastAPI:
    """A tutor's classes, a student's lessons, and `POST /joins/{student}`, on session_service's
    database.
    """
    app = bare_app(pool)

    @app.get("/classes/{tutor_id}")
    async def classes(request: Request, tutor_id: UUID) -> Response:
        return answer(page_of(await request.app.state.pool.fetch(CLASSES, tutor_id)))

    @app.get("/lessons/{student_id}")
    async def lessons(request: Request, student_id: UUID) -> Response:
        start, end = (datetime.fromisoformat(request.query_params[name]) for name in ("from", "to"))
        rows = await request.app.state.pool.fetch(LESSONS, student_id, start, end)
        return answer(_timeline(rows))

    @app.post("/joins/{student_id}")
    async def join(request: Request, student_id: UUID) -> Response:
        body = from_json(await request.body())
        of = await request.app.state.pool.fetchval(BY_CODE, body["join_code"])
        async with request.app.state.pool.acquire() as connection, connection.transaction():
            return answer(await _join(connection, of, student_id), 201)

    return app


def _timeline(rows: list[asyncpg.Record]) -> dict[str, object]:
    shown = rows[:LISTED]
    more = len(rows) > LISTED
    cursor = encode(shown[-1]["starts_at"], shown[-1]["id"]) if more else None
    return {"items": [dict(row) for row in shown], "next_cursor": cursor}


async def _join(connection: Any, of: UUID, student_id: UUID) -> dict[str, object]:
    found = await connection.fetchrow(LOCKED, of)
    assert found["state"] == "active"
    assert await connection.fetchval(CODE, of) is None
    assert await connection.fetchval(PRESENT, student_id, of) is None
    seats = await connection.fetchrow(SEATS, of)
    full = seats["taken"] >= found["capacity"]
    state, number = ("waiting", seats["last_number"] + 1) if full else ("pending", None)
    membership_id, now = new_id(), SystemClock().now()
    values = (membership_id, of, student_id, "STUDY-BARE000", state, number, now)
    await connection.execute(ADD_MEMBER, *values)
    told: dict[str, object] = {
        "revision": 1, "study_session_id": of, "session_code": found["session_code"],
        "membership_id": membership_id, "student_id": student_id, "tutor_id": found["tutor_id"],
    }  # fmt: skip
    kind = "membership.waitlisted" if full else "membership.requested"
    await connection.execute(ADD_LETTER, *letter_of(kind, membership_id, now, told))
    return {
        "id": membership_id, "study_session_id": of, "student_id": student_id,
        "student_code": "STUDY-BARE000", "state": state, "requested_at": now, "approved_at": None,
        "ended_at": None, "reason": None,
    }  # fmt: skip
