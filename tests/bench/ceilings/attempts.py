"""Bare handlers for attempts; see `ceilings/http.py`. A save is the very statement of ours."""

from typing import Any
from uuid import UUID

from fastapi import FastAPI, Request
from pydantic_core import from_json, to_json
from starlette.responses import Response

from libs.clock import SystemClock
from session_service.attempts import saving
from tests.bench.ceilings.http import ADD_LETTER, answer, bare_app, letter_of, pool

LOCKED = """
SELECT a.id, a.assessment_id, a.study_session_id, a.number, a.state, a.started_at, a.deadline
FROM attempts a WHERE a.id = $1 AND a.student_id = $2 AND EXISTS (
 SELECT FROM memberships m WHERE m.study_session_id = a.study_session_id AND m.student_id = $2
 AND m.state = 'approved') FOR UPDATE
"""
PLACE = """
SELECT a.title, c.session_code, c.tutor_id FROM assessments a
JOIN study_sessions c ON c.id = a.study_session_id WHERE a.id = $1
"""
CLOSE = """
UPDATE attempts SET state = 'closed', closed_at = $2, ending = 'submitted', takes_until = $2,
revision = revision + 1 WHERE id = $1
"""
PAPER = """
SELECT q.id, q.points, v.content::text FROM assessment_questions q
JOIN question_versions v ON v.id = q.version_id WHERE q.assessment_id = $1 ORDER BY q.id
"""
ANSWERS = """
SELECT question_id, revision, answer::text, saved_at FROM attempt_answers WHERE attempt_id = $1
"""


def attempts() -> FastAPI:
    """Saving an answer and handing in, on session_service's database."""
    app = bare_app(pool)

    @app.put("/answers/{student_id}/{attempt_id}/{question_id}")
    async def save(
        request: Request, student_id: UUID, attempt_id: UUID, question_id: UUID
    ) -> Response:
        body, now = from_json(await request.body()), SystemClock().now()
        values = {
            "caller": student_id, "attempt_id": attempt_id, "question_id": question_id, "now": now,
            "revision": body["revision"], "answer": to_json(body["answer"]).decode(),
        }  # fmt: skip
        async with request.app.state.pool.acquire() as connection, connection.transaction():
            [row] = await saving._SAVE.send(connection, values)
        found = {"revision": row["revision"], "deadline": row["deadline"], "server_time": now}
        return answer({"question_id": question_id, **found})

    @app.post("/submissions/{student_id}/{attempt_id}")
    async def submit(request: Request, student_id: UUID, attempt_id: UUID) -> Response:
        async with request.app.state.pool.acquire() as connection, connection.transaction():
            return answer(await _submit(connection, student_id, attempt_id))

    return app


async def _submit(connection: Any, student_id: UUID, attempt_id: UUID) -> dict[str, object]:
    now = SystemClock().now()
    found = dict(await connection.fetchrow(LOCKED, attempt_id, student_id))
    place = await connection.fetchrow(PLACE, found["assessment_id"])
    await connection.execute(CLOSE, attempt_id, now)
    told = {
        "revision": 2, "study_session_id": found["study_session_id"], "attempt_id": attempt_id,
        "session_code": place["session_code"], "tutor_id": place["tutor_id"],
        "assessment_id": found["assessment_id"], "student_id": student_id,
        "number": found["number"], "ending": "submitted",
    }  # fmt: skip
    letter = letter_of("studyzed.attempt.closed", attempt_id, now, told)
    await connection.execute(ADD_LETTER, *letter)
    paper = await connection.fetch(PAPER, found["assessment_id"])
    answers = await connection.fetch(ANSWERS, attempt_id)
    return found | {
        "server_time": now, "questions": [dict(row) for row in paper],
        "answers": [dict(row) for row in answers],
    }  # fmt: skip
