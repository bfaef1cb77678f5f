"""Bare handlers for progress, leaderboards and gradebooks; see `ceilings/http.py`. They send our
very statements by the driver, and write the rows as they come.
"""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from fastapi import FastAPI, Request
from starlette.responses import Response

from libs.clock import SystemClock
from session_service.gradebook import repository as gradebook
from session_service.leaderboards import repository as leaderboards
from session_service.progress import repository as progress
from session_service.progress.periods import BEGINNING, END
from session_service.study_sessions import repository as study_sessions
from tests.bench.ceilings.http import answer, bare_app, pool

PAGE = 20


async def _all(connection: Any, statements: Sequence[Any], values: dict[str, Any]) -> list[Any]:
    return [await one.send(connection, values) for one in statements]


async def _gradebook(connection: Any, values: dict[str, Any]) -> list[Any]:
    page = gradebook._PAGE._query(frozenset())
    members = await page.send(connection, values)
    more = values | {"student_ids": [one["student_id"] for one in members[:PAGE]]}
    rest = (
        gradebook._ITEMS, gradebook._CATEGORIES, gradebook._MARKS, gradebook._HANDED_IN,
        gradebook._EXTENDED,
    )  # fmt: skip
    return [members, *await _all(connection, rest, more)]


STATEMENTS = {
    "progress-summary": [progress._SEEN, progress._SUMMARY.now],
    "progress": [progress._SEEN, progress._STUDENTS.now],
    "leaderboard": [leaderboards._SEEN, leaderboards._LEADERBOARD],
    "gradebook": [study_sessions._HELPED],
}


def progresses() -> FastAPI:
    """`GET /WHAT/{class}/{caller}` for each of `STATEMENTS`, on session_service's database."""
    app = bare_app(pool)

    @app.get("/{what}/{study_session_id}/{caller}")
    async def read(request: Request, what: str, study_session_id: UUID, caller: UUID) -> Response:
        now = SystemClock().now()
        values: dict[str, Any] = {
            "caller": caller, "study_session_id": study_session_id, "now": now, "at": now,
            "since": BEGINNING, "until": END, "after": progress.HIGHEST, "rows": PAGE + 1,
            "top": 10,
        }  # fmt: skip
        async with request.app.state.pool.acquire() as connection:
            found = await _all(connection, STATEMENTS[what], values)
            if what == "gradebook":
                found += await _gradebook(connection, values)
        return answer([[dict(row) for row in rows] for rows in found])

    return app
